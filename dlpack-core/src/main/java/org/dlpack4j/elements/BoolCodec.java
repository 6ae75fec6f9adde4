package org.dlpack4j.elements;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;

/** Bools of 1 to 64 bits, where all but 0 is true. */
final class BoolCodec extends ElementCodec {

  private final IntegerCodec patterns;

  BoolCodec(DataType dataType, int strideBits) {
    super(dataType, strideBits);
    patterns = IntegerCodec.of(new DataType(Code.UINT, dataType.bits(), 1), strideBits);
  }

  @Override
  public boolean getBoolean(MemorySegment segment, long base, long element) {
    return patterns.getLong(segment, base, element) != 0;
  }

  @Override
  public long getLong(MemorySegment segment, long base, long element) {
    return getBoolean(segment, base, element) ? 1 : 0;
  }

  @Override
  public double getDouble(MemorySegment segment, long base, long element) {
    return getLong(segment, base, element);
  }

  @Override
  public void setBoolean(MemorySegment segment, long base, long element, boolean value) {
    patterns.put(segment, base, element, value ? 1 : 0);
  }

  @Override
  public void setLong(MemorySegment segment, long base, long element, long value) {
    if ((value & ~1L) != 0) {
      throw new IllegalArgumentException(
          "value: expected 0 or 1 for %s but found %d".formatted(dataType(), value));
    }
    patterns.put(segment, base, element, value);
  }
}
