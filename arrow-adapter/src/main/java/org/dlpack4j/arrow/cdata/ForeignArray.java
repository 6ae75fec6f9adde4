package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.MemorySegment;
import org.apache.arrow.memory.ForeignAllocation;
import org.dlpack4j.arrow.bitmap.FullBitmap;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * The memory of an imported array, for an allocator: one allocation for all buffers, so that the
 * producer's release is called once, when the last of them goes. Until the array is adopted it
 * releases nothing.
 */
final class ForeignArray extends ForeignAllocation {

  private final @Nullable FullBitmap bitmaps;
  private long moved;

  /**
   * Begins an import.
   *
   * @param bitmaps to be freed with it, adopted or not
   */
  ForeignArray(long bytes, long struct, @Nullable FullBitmap bitmaps) {
    super(bytes, struct);
    this.bitmaps = bitmaps;
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
  protected void release0() {
    if (bitmaps != null) {
      bitmaps.free();
    }
    if (moved != 0) {
      ReleaseFunctions.releaseIfHeld(moved, Array.RELEASE);
      Memory.free(moved);
      moved = 0;
    }
  }
}
