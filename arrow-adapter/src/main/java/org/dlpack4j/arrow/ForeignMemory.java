package org.dlpack4j.arrow;

import org.apache.arrow.memory.ForeignAllocation;
import org.dlpack4j.Owner;
import org.jspecify.annotations.Nullable;

/**
 * Memory of somebody else as an allocation of Arrow's. It lets go of nothing before it has been
 * given the owner: until then whoever wraps it may fail, and Arrow may free what it has wrapped.
 */
final class ForeignMemory extends ForeignAllocation {

  private @Nullable Owner owner;

  ForeignMemory(long bytes, long address) {
    super(bytes, address);
  }

  /** Takes the owner over: the last reference on the buffer releases it. */
  void giveOwner(Owner given) {
    owner = given;
  }

  @Override
  protected void release0() {
    if (owner != null) {
      owner.release();
    }
  }
}
