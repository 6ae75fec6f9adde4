package org.dlpack4j.arrow;

import org.apache.arrow.memory.BufferAllocator;
import org.dlpack4j.Owner;
import org.dlpack4j.arrow.bitmap.ForeignBuffers;
import org.jspecify.annotations.Nullable;

/**
 * The memory of tensors. It lets go of nothing before it has been given their owner: until then
 * whoever loads vectors with it may fail, and the tensors are the caller's.
 */
final class ForeignMemory extends ForeignBuffers {

  private @Nullable Owner owner;

  ForeignMemory(BufferAllocator allocator, long bytes, long bitmapBytes) {
    super(allocator, bytes, bitmapBytes);
  }

  /** Takes the owner over: the last reference on the memory releases it. */
  void giveOwner(Owner given) {
    owner = given;
  }

  @Override
  protected void releaseMemory() {
    if (owner != null) {
      owner.release();
    }
  }
}
