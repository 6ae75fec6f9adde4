package org.dlpack4j.exporting;

import org.dlpack4j.Owner;
import org.dlpack4j.internal.Memory;

/**
 * An owner together with shape and strides that did not fit the block.
 *
 * @param owner what keeps the memory alive
 * @param spill where shape and strides are
 * @param bytes what they span; kept, as who counts must not follow a pointer to them
 */
record SpilledOwner(Owner owner, long spill, long bytes) implements WrappingOwner {

  @Override
  public void release() {
    Memory.free(spill);
    owner.release();
  }
}
