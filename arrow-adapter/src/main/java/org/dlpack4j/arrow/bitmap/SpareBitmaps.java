package org.dlpack4j.arrow.bitmap;

import java.util.concurrent.atomic.AtomicLongArray;
import org.dlpack4j.internal.Memory;

/**
 * Memory for small bitmaps, of which each thread, more or less, keeps one of each size: whoever
 * imports batch after batch needs the same again and again.
 */
final class SpareBitmaps {

  private static final int THREADS = 16;

  /** Sizes from the smallest on; as many as fill a cache line of a processor. */
  private static final int SIZES = 8;

  private static final long SMALLEST = 64;

  /** Larger ones are malloc's: to fill them takes longer than to allocate them. */
  static final long LARGEST = SMALLEST << (SIZES - 1);

  private static final int SMALLEST_POWER = Long.numberOfTrailingZeros(SMALLEST);

  private static final AtomicLongArray SPARES = new AtomicLongArray(THREADS * SIZES);

  private SpareBitmaps() {}

  /** Memory for so many bytes, and for as many more as reach the next power of two. */
  static long take(long bytes) {
    int size = size(bytes);
    long spare = SPARES.getAndSet(place(size), 0);
    return spare == 0 ? Memory.allocate(SMALLEST << size) : spare;
  }

  /** Gives back what was taken for as many bytes. */
  static void giveBack(long address, long bytes) {
    if (!SPARES.compareAndSet(place(size(bytes)), 0, address)) {
      Memory.free(address);
    }
  }

  /** Counted from the smallest. */
  private static int size(long bytes) {
    int power = Long.SIZE - Long.numberOfLeadingZeros(bytes - 1);
    return Math.max(power - SMALLEST_POWER, 0);
  }

  private static int place(int size) {
    return (int) (Thread.currentThread().threadId() % THREADS) * SIZES + size;
  }
}
