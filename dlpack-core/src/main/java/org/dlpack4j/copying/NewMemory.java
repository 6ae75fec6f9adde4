package org.dlpack4j.copying;

import org.dlpack4j.NativeOwner;
import org.dlpack4j.internal.Memory;

/**
 * Memory from C's malloc, not zeroed, for a copy to be written into.
 *
 * @param address where it begins, on a cache line
 * @param bytes how much can be used
 * @param owner C's free, for what malloc returned
 */
record NewMemory(long address, long bytes, NativeOwner owner) {

  /** What every consumer of DLPack may want, and no element is on two lines without need. */
  static final long ALIGNMENT = 64;

  /** Less than two large pages may not hold a single one. */
  private static final long WORTH_LARGE_PAGES = 2 * Memory.LARGE_PAGE;

  static NewMemory of(long bytes) {
    boolean large = bytes >= WORTH_LARGE_PAGES;
    long alignment = large ? Memory.LARGE_PAGE : ALIGNMENT;
    if (bytes > Long.MAX_VALUE - alignment) {
      throw new OutOfMemoryError("expected a copy of less than 2^63 bytes but found " + bytes);
    }
    long allocated = Memory.allocate(bytes + alignment);
    long address = (allocated + alignment - 1) & -alignment;
    if (large) {
      Memory.preferLargePages(address, bytes);
    }
    return new NewMemory(address, bytes, new NativeOwner(Memory.freeFunction(), allocated, true));
  }
}
