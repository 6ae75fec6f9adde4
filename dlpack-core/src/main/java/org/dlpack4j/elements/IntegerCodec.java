package org.dlpack4j.elements;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;

/** Integers of 1 to 64 bits, signed and unsigned. */
abstract sealed class IntegerCodec extends ElementCodec {

  private final boolean signed;
  private final long lowest;
  private final long highest;

  /** What is left of a value read with its sign: all bits of a signed one. */
  final long kept;

  private IntegerCodec(DataType dataType, int strideBits) {
    super(dataType, strideBits);
    int spare = Long.SIZE - dataType.bits();
    signed = dataType.code() == Code.INT;
    kept = signed ? -1 : -1L >>> spare;
    boolean takesAnyLong = spare == 0;
    lowest = signed || takesAnyLong ? Long.MIN_VALUE >> spare : 0;
    highest = signed || takesAnyLong ? Long.MAX_VALUE >> spare : kept;
  }

  static IntegerCodec of(DataType dataType, int strideBits) {
    return switch (dataType.bits()) {
      case Byte.SIZE -> new OfByte(dataType);
      case Short.SIZE -> new OfShort(dataType);
      case Integer.SIZE -> new OfInt(dataType);
      case Long.SIZE -> new OfLong(dataType);
      default -> new OfBits(dataType, strideBits);
    };
  }

  /** Writes the lowest bits of a value, whatever the others are. */
  abstract void put(MemorySegment segment, long base, long element, long value);

  @Override
  public final double getDouble(MemorySegment segment, long base, long element) {
    long value = getLong(segment, base, element);
    if (signed || value >= 0) {
      return value;
    }
    // Halved with a sticky last bit, so that rounding sees every bit that was there.
    return ((value >>> 1) | (value & 1)) * 2.0;
  }

  @Override
  public final void setLong(MemorySegment segment, long base, long element, long value) {
    if (value < lowest || value > highest) {
      throw new IllegalArgumentException(
          "value: expected %d to %d for %s but found %d"
              .formatted(lowest, highest, dataType(), value));
    }
    put(segment, base, element, value);
  }

  private static final class OfByte extends IntegerCodec {
    OfByte(DataType dataType) {
      super(dataType, Byte.SIZE);
    }

    @Override
    public long getLong(MemorySegment segment, long base, long element) {
      return segment.get(JAVA_BYTE, base + element) & kept;
    }

    @Override
    void put(MemorySegment segment, long base, long element, long value) {
      segment.set(JAVA_BYTE, base + element, (byte) value);
    }
  }

  private static final class OfShort extends IntegerCodec {
    OfShort(DataType dataType) {
      super(dataType, Short.SIZE);
    }

    @Override
    public long getLong(MemorySegment segment, long base, long element) {
      return segment.get(JAVA_SHORT_UNALIGNED, base + element * Short.BYTES) & kept;
    }

    @Override
    void put(MemorySegment segment, long base, long element, long value) {
      segment.set(JAVA_SHORT_UNALIGNED, base + element * Short.BYTES, (short) value);
    }
  }

  private static final class OfInt extends IntegerCodec {
    OfInt(DataType dataType) {
      super(dataType, Integer.SIZE);
    }

    @Override
    public long getLong(MemorySegment segment, long base, long element) {
      return segment.get(JAVA_INT_UNALIGNED, base + element * Integer.BYTES) & kept;
    }

    @Override
    void put(MemorySegment segment, long base, long element, long value) {
      segment.set(JAVA_INT_UNALIGNED, base + element * Integer.BYTES, (int) value);
    }
  }

  private static final class OfLong extends IntegerCodec {
    OfLong(DataType dataType) {
      super(dataType, Long.SIZE);
    }

    @Override
    public long getLong(MemorySegment segment, long base, long element) {
      return segment.get(JAVA_LONG_UNALIGNED, base + element * Long.BYTES);
    }

    @Override
    void put(MemorySegment segment, long base, long element, long value) {
      segment.set(JAVA_LONG_UNALIGNED, base + element * Long.BYTES, value);
    }
  }

  /** Any other width, packed or padded: byte by byte, the lowest bits first. */
  private static final class OfBits extends IntegerCodec {

    private final int bits;
    private final long mask;
    private final long signBit;

    /** A padded number is written with zeros above it. */
    private final int written;

    OfBits(DataType dataType, int strideBits) {
      super(dataType, strideBits);
      bits = dataType.bits();
      mask = -1L >>> (Long.SIZE - bits);
      signBit = dataType.code() == Code.INT ? 1L << (bits - 1) : 0;
      written = strideBits;
    }

    @Override
    public long getLong(MemorySegment segment, long base, long element) {
      long at = byteOf(base, element);
      int bit = bitOf(element);
      long value = Byte.toUnsignedLong(segment.get(JAVA_BYTE, at)) >>> bit;
      for (int read = Byte.SIZE - bit; read < bits; read += Byte.SIZE) {
        value |= Byte.toUnsignedLong(segment.get(JAVA_BYTE, ++at)) << read;
      }
      return ((value & mask) ^ signBit) - signBit;
    }

    @Override
    void put(MemorySegment segment, long base, long element, long value) {
      long at = byteOf(base, element);
      int bit = bitOf(element);
      long rest = value & mask;
      for (int left = written; left > 0; at++) {
        int here = Math.min(Byte.SIZE - bit, left);
        int others = ~(((1 << here) - 1) << bit);
        segment.set(
            JAVA_BYTE,
            at,
            (byte) ((segment.get(JAVA_BYTE, at) & others) | ((rest << bit) & ~others)));
        rest >>>= here;
        left -= here;
        bit = 0;
      }
    }
  }
}
