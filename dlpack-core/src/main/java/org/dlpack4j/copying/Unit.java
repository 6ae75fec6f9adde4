package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Moves bytes that belong together, whatever number they are, one after the other. */
enum Unit {
  ONE(Byte.BYTES) {
    @Override
    void line(
        MemorySegment from,
        long fromAt,
        long fromStep,
        MemorySegment to,
        long toAt,
        long toStep,
        int count) {
      long source = fromAt;
      long target = toAt;
      for (int i = 0; i < count; i++) {
        to.set(JAVA_BYTE, target, from.get(JAVA_BYTE, source));
        source += fromStep;
        target += toStep;
      }
    }
  },
  TWO(Short.BYTES) {
    @Override
    void line(
        MemorySegment from,
        long fromAt,
        long fromStep,
        MemorySegment to,
        long toAt,
        long toStep,
        int count) {
      long source = fromAt;
      long target = toAt;
      for (int i = 0; i < count; i++) {
        to.set(JAVA_SHORT_UNALIGNED, target, from.get(JAVA_SHORT_UNALIGNED, source));
        source += fromStep;
        target += toStep;
      }
    }
  },
  FOUR(Integer.BYTES) {
    @Override
    void line(
        MemorySegment from,
        long fromAt,
        long fromStep,
        MemorySegment to,
        long toAt,
        long toStep,
        int count) {
      long source = fromAt;
      long target = toAt;
      for (int i = 0; i < count; i++) {
        to.set(JAVA_INT_UNALIGNED, target, from.get(JAVA_INT_UNALIGNED, source));
        source += fromStep;
        target += toStep;
      }
    }
  },
  EIGHT(Long.BYTES) {
    @Override
    void line(
        MemorySegment from,
        long fromAt,
        long fromStep,
        MemorySegment to,
        long toAt,
        long toStep,
        int count) {
      long source = fromAt;
      long target = toAt;
      for (int i = 0; i < count; i++) {
        to.set(JAVA_LONG_UNALIGNED, target, from.get(JAVA_LONG_UNALIGNED, source));
        source += fromStep;
        target += toStep;
      }
    }
  },
  SIXTEEN(2 * Long.BYTES) {
    @Override
    void line(
        MemorySegment from,
        long fromAt,
        long fromStep,
        MemorySegment to,
        long toAt,
        long toStep,
        int count) {
      long source = fromAt;
      long target = toAt;
      for (int i = 0; i < count; i++) {
        to.set(JAVA_LONG_UNALIGNED, target, from.get(JAVA_LONG_UNALIGNED, source));
        to.set(
            JAVA_LONG_UNALIGNED,
            target + Long.BYTES,
            from.get(JAVA_LONG_UNALIGNED, source + Long.BYTES));
        source += fromStep;
        target += toStep;
      }
    }
  };

  static final int MOST_BYTES = 16;

  private static final Unit[] BY_LOGARITHM = values();

  final int bytes;

  Unit(int bytes) {
    this.bytes = bytes;
  }

  /** That of so many bytes: 1, 2, 4, 8 or 16. */
  static Unit of(int bytes) {
    return BY_LOGARITHM[Integer.numberOfTrailingZeros(bytes)];
  }

  /** Copies so many units, both sides moving by steps of their own. */
  abstract void line(
      MemorySegment from,
      long fromAt,
      long fromStep,
      MemorySegment to,
      long toAt,
      long toStep,
      int count);
}
