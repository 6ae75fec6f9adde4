package org.dlpack4j.memory;

/**
 * The sizes that blocks have: four to each doubling, all of them multiples of 64 bytes, so that no
 * more than a fifth of a block above 256 bytes is lost, and every multiple of an alignment that is
 * rounded up stays one.
 */
final class SizeClass {

  /** What every block is aligned to. */
  static final long ALIGNMENT = 64;

  /** The most bytes that can be asked for; far beyond what a machine has. */
  static final long MAX_BYTES = 1L << 46;

  static final int COUNT = indexOf(MAX_BYTES) + 1;

  /** Larger blocks have a segment of their own. */
  static final long LARGEST_SHARED = 1L << 20;

  private static final int STEPS = 4;
  private static final long SMALL_SPAN_BYTES = 64L << 10;
  private static final long SPAN_BYTES = 256L << 10;
  private static final long LARGEST_STRIPED = 4L << 10;

  private SizeClass() {}

  /** The smallest class that fits so many bytes. */
  static int indexOf(long bytes) {
    long last = Math.max(bytes - 1, 0) / ALIGNMENT;
    if (last < STEPS) {
      return (int) last;
    }
    int shift = Long.SIZE - 3 - Long.numberOfLeadingZeros(last);
    return STEPS * shift + (int) (last >>> shift);
  }

  /** The size of a class's blocks. */
  static long bytesOf(int index) {
    int shift = Math.max(index / STEPS - 1, 0);
    return (ALIGNMENT * (index - STEPS * shift + 1)) << shift;
  }

  /** Whether blocks of that size have a segment of their own. */
  static boolean isOwn(long blockBytes) {
    return blockBytes > LARGEST_SHARED;
  }

  /** Whether threads claim such blocks from different spans. */
  static boolean isStriped(long blockBytes) {
    return blockBytes <= LARGEST_STRIPED;
  }

  /** How many blocks of that size a span has: not so many that its bytes would be missed. */
  static int blocksOf(long blockBytes) {
    long bytes = isStriped(blockBytes) ? SMALL_SPAN_BYTES : SPAN_BYTES;
    return Math.clamp(bytes / blockBytes, 1, Span.MAX_BLOCKS);
  }
}
