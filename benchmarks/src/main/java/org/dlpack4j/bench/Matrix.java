package org.dlpack4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The tensor that every side imports: 40 x 25 numbers of float64 in memory that is never freed. */
final class Matrix {

  static final long ROWS = 40;
  static final long COLUMNS = 25;

  /** The element that every side reads. */
  static final long ROW = 1;

  static final long COLUMN = 2;

  private static final MemorySegment DATA = counting();

  private static final long VALUE = ROW * COLUMNS + COLUMN;
  private static final long SEEN_OF_EACH = 2 + ROWS + COLUMNS + VALUE;

  private Matrix() {}

  private static MemorySegment counting() {
    MemorySegment data = Arena.global().allocate(ValueLayout.JAVA_DOUBLE, ROWS * COLUMNS);
    for (long i = 0; i < ROWS * COLUMNS; i++) {
      data.setAtIndex(ValueLayout.JAVA_DOUBLE, i, (double) i);
    }
    return data;
  }

  static long address() {
    return DATA.address();
  }

  /** A new managed tensor, made in C, whose deleter frees it. */
  static long produce() throws Throwable {
    return (long) Baselines.PRODUCE_MATRIX.invokeExact(address(), ROWS, COLUMNS);
  }

  /**
   * Whether the dimensions, their sizes and the element were seen, so that no side wins by doing
   * less.
   *
   * @param seen the sum of them all
   */
  static void requireSeen(long seen, int tensors) {
    if (seen != tensors * SEEN_OF_EACH) {
      throw new IllegalStateException(
          "importer: expected to see %d in %d matrices but saw %d"
              .formatted(tensors * SEEN_OF_EACH, tensors, seen));
    }
  }

  /** The same for who sees bytes alone. */
  static void requireSeen(MemorySegment segment, long element) {
    if (segment.byteSize() != DATA.byteSize() || element != VALUE) {
      throw new IllegalStateException(
          "importer: expected %d bytes with %d among them but found %d bytes and %d"
              .formatted(DATA.byteSize(), VALUE, segment.byteSize(), element));
    }
  }
}
