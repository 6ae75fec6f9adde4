package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.MemorySegment;
import org.apache.arrow.memory.BufferAllocator;
import org.dlpack4j.arrow.bitmap.ForeignBuffers;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.internal.Memory;

/**
 * The memory of an imported array: the producer's release is called once, when the last buffer
 * goes. Until the array is adopted it releases nothing.
 */
final class ForeignArray extends ForeignBuffers {

  private long moved;

  ForeignArray(BufferAllocator allocator, long bytes, long bitmapBytes) {
    super(allocator, bytes, bitmapBytes);
  }

  /** Moves the struct here. Nothing has changed if this throws. */
  void adopt(long struct) {
    long copy = Memory.allocate(Array.BYTES);
    MemorySegment.copy(ALL, struct, ALL, copy, Array.BYTES);
    ALL.set(JAVA_LONG, struct + Array.RELEASE, 0);
    moved = copy;
  }

  /** Called under the allocation's lock, on whatever thread gives the last buffer back. */
  @Override
  protected void releaseMemory() {
    if (moved != 0) {
      ReleaseFunctions.releaseIfHeld(moved, Array.RELEASE);
      Memory.free(moved);
      moved = 0;
    }
  }
}
