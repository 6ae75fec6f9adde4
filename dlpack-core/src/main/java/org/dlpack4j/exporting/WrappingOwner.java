package org.dlpack4j.exporting;

import org.dlpack4j.Owner;

/** An owner of ours around the one that an export took over. */
interface WrappingOwner extends Owner {

  /** The one that was taken over. */
  Owner owner();

  @Override
  default Release mode() {
    return owner().mode();
  }
}
