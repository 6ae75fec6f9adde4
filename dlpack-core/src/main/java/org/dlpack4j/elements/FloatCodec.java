package org.dlpack4j.elements;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.jspecify.annotations.Nullable;

/** Floating point numbers: Java's own two, and the small formats. */
abstract sealed class FloatCodec extends ElementCodec {

  private FloatCodec(DataType dataType, int strideBits) {
    super(dataType, strideBits);
  }

  /** The codec of a type; none if Java has no such number. */
  static @Nullable FloatCodec of(DataType dataType, int strideBits) {
    if (dataType.code() == Code.FLOAT && dataType.bits() == Float.SIZE) {
      return new OfFloat(dataType);
    }
    if (dataType.code() == Code.FLOAT && dataType.bits() == Double.SIZE) {
      return new OfDouble(dataType);
    }
    SmallFloat format = SmallFloat.of(dataType);
    return format == null ? null : new Small(dataType, strideBits, format);
  }

  private static final class OfFloat extends FloatCodec {
    OfFloat(DataType dataType) {
      super(dataType, Float.SIZE);
    }

    @Override
    public double getDouble(MemorySegment segment, long base, long element) {
      return segment.get(JAVA_FLOAT_UNALIGNED, base + element * Float.BYTES);
    }

    @Override
    public void setDouble(MemorySegment segment, long base, long element, double value) {
      segment.set(JAVA_FLOAT_UNALIGNED, base + element * Float.BYTES, (float) value);
    }
  }

  private static final class OfDouble extends FloatCodec {
    OfDouble(DataType dataType) {
      super(dataType, Double.SIZE);
    }

    @Override
    public double getDouble(MemorySegment segment, long base, long element) {
      return segment.get(JAVA_DOUBLE_UNALIGNED, base + element * Double.BYTES);
    }

    @Override
    public void setDouble(MemorySegment segment, long base, long element, double value) {
      segment.set(JAVA_DOUBLE_UNALIGNED, base + element * Double.BYTES, value);
    }
  }

  private static final class Small extends FloatCodec {

    private final SmallFloat format;
    private final float[] table;
    private final IntegerCodec patterns;

    Small(DataType dataType, int strideBits, SmallFloat format) {
      super(dataType, strideBits);
      this.format = format;
      table = format.table();
      patterns = IntegerCodec.of(new DataType(Code.UINT, dataType.bits(), 1), strideBits);
    }

    @Override
    public double getDouble(MemorySegment segment, long base, long element) {
      int pattern = (int) patterns.getLong(segment, base, element);
      return pattern < table.length ? table[pattern] : format.decode(pattern);
    }

    @Override
    public void setDouble(MemorySegment segment, long base, long element, double value) {
      patterns.put(segment, base, element, format.encode(value));
    }
  }
}
