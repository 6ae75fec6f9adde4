package org.dlpack4j.exporting;

import org.dlpack4j.Owner;
import org.dlpack4j.internal.Memory;

/** An owner together with shape and strides that did not fit the block. */
record SpilledOwner(Owner owner, long spill) implements WrappingOwner {

  @Override
  public void release() {
    Memory.free(spill);
    owner.release();
  }
}
