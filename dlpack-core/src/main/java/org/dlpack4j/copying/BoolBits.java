package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Bools of a bit each, the lowest bit of a byte first, and of a byte each, 0 or 1. */
final class BoolBits {

  private static final long LOWEST_BITS = 0x0101010101010101L;
  private static final long HIGHEST_BITS = LOWEST_BITS << 7;

  private BoolBits() {}

  /** Writes a byte for each bit. */
  static void unpack(MemorySegment bits, long firstBit, MemorySegment bools, long at, long count) {
    long done = 0;
    for (; done + Long.SIZE <= count; done += Long.SIZE) {
      long word = word(bits, firstBit + done);
      for (int i = 0; i < Long.BYTES; i++) {
        bools.set(
            JAVA_LONG_UNALIGNED,
            at + done + (long) i * Long.BYTES,
            Long.expand(word >>> (i * Byte.SIZE), LOWEST_BITS));
      }
    }
    for (; done < count; done++) {
      bools.set(JAVA_BYTE, at + done, (byte) Bits.get(bits, firstBit + done, 1));
    }
  }

  /** 64 bits, from nine bytes where they do not begin with one. */
  private static long word(MemorySegment bits, long firstBit) {
    long at = firstBit / Byte.SIZE;
    int shift = (int) (firstBit % Byte.SIZE);
    long word = bits.get(JAVA_LONG_UNALIGNED, at);
    if (shift == 0) {
      return word;
    }
    return (word >>> shift) | (long) bits.get(JAVA_BYTE, at + Long.BYTES) << (Long.SIZE - shift);
  }

  /** Writes a bit for each byte. */
  static void pack(MemorySegment bools, long at, long count, MemorySegment bits, long firstBit) {
    long done = Math.min(count, -firstBit & (Byte.SIZE - 1));
    packInOneByte(bools, at, (int) done, bits, firstBit);
    for (; done + Byte.SIZE <= count; done += Byte.SIZE) {
      long eight = bools.get(JAVA_LONG_UNALIGNED, at + done);
      // Adding 127 to the lower seven bits of a byte carries into its highest if any of them is
      // set.
      long nonZero = (((eight & ~HIGHEST_BITS) + ~HIGHEST_BITS) | eight) & HIGHEST_BITS;
      bits.set(
          JAVA_BYTE, (firstBit + done) / Byte.SIZE, (byte) Long.compress(nonZero, HIGHEST_BITS));
    }
    packInOneByte(bools, at + done, (int) (count - done), bits, firstBit + done);
  }

  private static void packInOneByte(
      MemorySegment bools, long at, int count, MemorySegment bits, long firstBit) {
    int packed = 0;
    for (int i = 0; i < count; i++) {
      packed |= bools.get(JAVA_BYTE, at + i) == 0 ? 0 : 1 << i;
    }
    Bits.put(bits, firstBit, count, packed);
  }
}
