package org.dlpack4j.elements;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;

/** All elements of a tensor as a Java array, in row-major order, and back. */
final class ElementArrays {

  /** As many as every VM can put into one array. */
  static final long MOST = Integer.MAX_VALUE - 8L;

  private final TensorElements elements;
  private final MemorySegment segment;
  private final long base;
  private final ElementCodec codec;
  private final DataType dataType;

  ElementArrays(TensorElements elements) {
    this.elements = elements;
    segment = elements.segment();
    base = elements.base();
    codec = elements.codec();
    dataType = codec.dataType();
  }

  byte[] toBytes() {
    boolean same = checkIntegers(Byte.SIZE, "toByteArray");
    byte[] values = new byte[count()];
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          if (same && stride == 1) {
            copy(ValueLayout.JAVA_BYTE, element, values, from, count);
            return;
          }
          for (int i = 0; i < count; i++) {
            values[from + i] = (byte) codec.getLong(segment, base, element + i * stride);
          }
        });
    return values;
  }

  short[] toShorts() {
    boolean same = checkIntegers(Short.SIZE, "toShortArray");
    short[] values = new short[count()];
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          if (same && stride == 1) {
            copy(ValueLayout.JAVA_SHORT_UNALIGNED, element, values, from, count);
            return;
          }
          for (int i = 0; i < count; i++) {
            values[from + i] = (short) codec.getLong(segment, base, element + i * stride);
          }
        });
    return values;
  }

  int[] toInts() {
    boolean same = checkIntegers(Integer.SIZE, "toIntArray");
    int[] values = new int[count()];
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          if (same && stride == 1) {
            copy(ValueLayout.JAVA_INT_UNALIGNED, element, values, from, count);
            return;
          }
          for (int i = 0; i < count; i++) {
            values[from + i] = (int) codec.getLong(segment, base, element + i * stride);
          }
        });
    return values;
  }

  long[] toLongs() {
    boolean same = checkIntegers(Long.SIZE, "toLongArray");
    long[] values = new long[count()];
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          if (same && stride == 1) {
            copy(ValueLayout.JAVA_LONG_UNALIGNED, element, values, from, count);
            return;
          }
          for (int i = 0; i < count; i++) {
            values[from + i] = codec.getLong(segment, base, element + i * stride);
          }
        });
    return values;
  }

  float[] toFloats() {
    if (!(codec instanceof FloatCodec) || dataType.bits() > Float.SIZE) {
      throw refused("toFloatArray");
    }
    boolean same = dataType.equals(DataType.FLOAT32);
    float[] values = new float[count()];
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          if (same && stride == 1) {
            copy(ValueLayout.JAVA_FLOAT_UNALIGNED, element, values, from, count);
            return;
          }
          for (int i = 0; i < count; i++) {
            values[from + i] = (float) codec.getDouble(segment, base, element + i * stride);
          }
        });
    return values;
  }

  double[] toDoubles() {
    if (!isReal()) {
      throw refused("toDoubleArray");
    }
    boolean same = dataType.equals(DataType.FLOAT64);
    double[] values = new double[count()];
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          if (same && stride == 1) {
            copy(ValueLayout.JAVA_DOUBLE_UNALIGNED, element, values, from, count);
            return;
          }
          for (int i = 0; i < count; i++) {
            values[from + i] = codec.getDouble(segment, base, element + i * stride);
          }
        });
    return values;
  }

  boolean[] toBooleans() {
    if (!(codec instanceof BoolCodec)) {
      throw refused("toBooleanArray");
    }
    boolean[] values = new boolean[count()];
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          for (int i = 0; i < count; i++) {
            values[from + i] = codec.getBoolean(segment, base, element + i * stride);
          }
        });
    return values;
  }

  void setLongs(long[] values) {
    if (!(codec instanceof IntegerCodec || codec instanceof BoolCodec)) {
      throw codec.refused("setAll(long...)");
    }
    checkCount(values.length);
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          for (int i = 0; i < count; i++) {
            codec.setLong(segment, base, element + i * stride, values[from + i]);
          }
        });
  }

  void setDoubles(double[] values) {
    if (!(codec instanceof FloatCodec)) {
      throw codec.refused("setAll(double...)");
    }
    checkCount(values.length);
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          for (int i = 0; i < count; i++) {
            codec.setDouble(segment, base, element + i * stride, values[from + i]);
          }
        });
  }

  private void copy(ValueLayout layout, long element, Object values, int from, int count) {
    MemorySegment.copy(segment, layout, codec.byteOf(base, element), values, from, count);
  }

  private boolean isReal() {
    return codec instanceof IntegerCodec
        || codec instanceof FloatCodec
        || codec instanceof BoolCodec;
  }

  /** Whether the bytes are those of the array, as they are for integers of just its width. */
  private boolean checkIntegers(int most, String method) {
    boolean integers = codec instanceof IntegerCodec;
    if (!(integers || codec instanceof BoolCodec) || dataType.bits() > most) {
      throw refused(method);
    }
    return integers && dataType.bits() == most;
  }

  private int count() {
    long count = elements.layout().elementCount();
    if (count > MOST) {
      throw new IllegalArgumentException(
          "array: expected at most %d elements but found %d; take a slice at a time"
              .formatted(MOST, count));
    }
    return (int) count;
  }

  private void checkCount(int found) {
    if (found != elements.layout().elementCount()) {
      throw new IllegalArgumentException(
          "values: expected %d, one for each element of %s, but found %d"
              .formatted(elements.layout().elementCount(), elements.layout(), found));
    }
  }

  private IllegalArgumentException refused(String method) {
    if (!isReal()) {
      return codec.refused(method);
    }
    String other =
        switch (dataType.code()) {
          case Code.INT, Code.UINT -> "toLongArray";
          case Code.BOOL -> "toBooleanArray";
          default -> "toDoubleArray";
        };
    return new IllegalArgumentException(
        "dtype: expected one that %s is for but found %s; use %s"
            .formatted(method, dataType, other));
  }
}
