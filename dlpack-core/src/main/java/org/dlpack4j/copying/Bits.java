package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Runs of bits, the lowest bit of a byte first. No byte is read that has none of the bits, and no
 * bit written but those of the run.
 */
final class Bits {

  private Bits() {}

  /** Copies so many bits. */
  static void copy(MemorySegment from, long fromBit, MemorySegment to, long toBit, long count) {
    int head = (int) Math.min(count, -toBit & (Byte.SIZE - 1));
    put(to, toBit, head, get(from, fromBit, head));
    long source = fromBit + head;
    long target = (toBit + head) / Byte.SIZE;
    long bytes = (count - head) / Byte.SIZE;
    if (source % Byte.SIZE == 0) {
      MemorySegment.copy(from, source / Byte.SIZE, to, target, bytes);
    } else {
      copyShifted(from, source, to, target, bytes);
    }
    int tail = (int) ((count - head) % Byte.SIZE);
    long done = bytes * Byte.SIZE;
    put(to, target * Byte.SIZE + done, tail, get(from, source + done, tail));
  }

  private static void copyShifted(
      MemorySegment from, long fromBit, MemorySegment to, long toByte, long bytes) {
    long source = fromBit / Byte.SIZE;
    int shift = (int) (fromBit % Byte.SIZE);
    long i = 0;
    for (; i + Long.BYTES <= bytes; i += Long.BYTES) {
      long low = from.get(JAVA_LONG_UNALIGNED, source + i);
      long high = from.get(JAVA_BYTE, source + i + Long.BYTES);
      to.set(JAVA_LONG_UNALIGNED, toByte + i, (low >>> shift) | (high << (Long.SIZE - shift)));
    }
    for (; i < bytes; i++) {
      int low = from.get(JAVA_BYTE, source + i) & 0xFF;
      int high = from.get(JAVA_BYTE, source + i + 1) & 0xFF;
      to.set(JAVA_BYTE, toByte + i, (byte) ((low >>> shift) | (high << (Byte.SIZE - shift))));
    }
  }

  /** At most 8 bits, from one byte or two. */
  static int get(MemorySegment segment, long bit, int count) {
    if (count == 0) {
      return 0;
    }
    long at = bit / Byte.SIZE;
    int shift = (int) (bit % Byte.SIZE);
    int bits = (segment.get(JAVA_BYTE, at) & 0xFF) >>> shift;
    if (shift + count > Byte.SIZE) {
      bits |= (segment.get(JAVA_BYTE, at + 1) & 0xFF) << (Byte.SIZE - shift);
    }
    return bits & mask(count);
  }

  /** Some bits of one byte. */
  static void put(MemorySegment segment, long bit, int count, int bits) {
    if (count == 0) {
      return;
    }
    long at = bit / Byte.SIZE;
    int shift = (int) (bit % Byte.SIZE);
    int kept = segment.get(JAVA_BYTE, at) & ~(mask(count) << shift);
    segment.set(JAVA_BYTE, at, (byte) (kept | (bits << shift)));
  }

  private static int mask(int count) {
    return (1 << count) - 1;
  }
}
