package org.dlpack4j.exporting;

import org.dlpack4j.Owner;
import org.dlpack4j.internal.OwnerKind;

/** An owner of ours around the one that an export took over. */
interface WrappingOwner extends Owner, OwnerKind.Wrapping {

  /** The one that was taken over. */
  Owner owner();

  @Override
  default Object wrapped() {
    return owner();
  }

  @Override
  default Release mode() {
    return owner().mode();
  }
}
