package org.dlpack4j.elements;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.jspecify.annotations.Nullable;

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
    gather(
        same ? ValueLayout.JAVA_BYTE : null,
        values,
        (at, element) -> values[at] = (byte) integer(element));
    return values;
  }

  short[] toShorts() {
    boolean same = checkIntegers(Short.SIZE, "toShortArray");
    short[] values = new short[count()];
    gather(
        same ? ValueLayout.JAVA_SHORT_UNALIGNED : null,
        values,
        (at, element) -> values[at] = (short) integer(element));
    return values;
  }

  int[] toInts() {
    boolean same = checkIntegers(Integer.SIZE, "toIntArray");
    int[] values = new int[count()];
    gather(
        same ? ValueLayout.JAVA_INT_UNALIGNED : null,
        values,
        (at, element) -> values[at] = (int) integer(element));
    return values;
  }

  long[] toLongs() {
    boolean same = checkIntegers(Long.SIZE, "toLongArray");
    long[] values = new long[count()];
    gather(
        same ? ValueLayout.JAVA_LONG_UNALIGNED : null,
        values,
        (at, element) -> values[at] = integer(element));
    return values;
  }

  float[] toFloats() {
    if (!(codec instanceof FloatCodec) || dataType.bits() > Float.SIZE) {
      throw refused("toFloatArray");
    }
    ValueLayout same = dataType.equals(DataType.FLOAT32) ? ValueLayout.JAVA_FLOAT_UNALIGNED : null;
    float[] values = new float[count()];
    gather(same, values, (at, element) -> values[at] = (float) real(element));
    return values;
  }

  double[] toDoubles() {
    if (!isReal()) {
      throw refused("toDoubleArray");
    }
    ValueLayout same = dataType.equals(DataType.FLOAT64) ? ValueLayout.JAVA_DOUBLE_UNALIGNED : null;
    double[] values = new double[count()];
    gather(same, values, (at, element) -> values[at] = real(element));
    return values;
  }

  boolean[] toBooleans() {
    if (!(codec instanceof BoolCodec)) {
      throw refused("toBooleanArray");
    }
    boolean[] values = new boolean[count()];
    gather(null, values, (at, element) -> values[at] = codec.getBoolean(segment, base, element));
    return values;
  }

  void setLongs(long[] values) {
    if (!(codec instanceof IntegerCodec || codec instanceof BoolCodec)) {
      throw codec.refused("setAll(long...)");
    }
    checkCount(values.length);
    forEach((at, element) -> codec.setLong(segment, base, element, values[at]));
  }

  void setDoubles(double[] values) {
    if (!(codec instanceof FloatCodec)) {
      throw codec.refused("setAll(double...)");
    }
    checkCount(values.length);
    forEach((at, element) -> codec.setDouble(segment, base, element, values[at]));
  }

  private long integer(long element) {
    return codec.getLong(segment, base, element);
  }

  private double real(long element) {
    return codec.getDouble(segment, base, element);
  }

  /** What to do with an element and its place in the array. */
  @FunctionalInterface
  private interface Each {
    void accept(int at, long element);
  }

  private void forEach(Each each) {
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> row(each, from, element, count, stride));
  }

  private static void row(Each each, int from, long element, int count, long stride) {
    for (int i = 0; i < count; i++) {
      each.accept(from + i, element + i * stride);
    }
  }

  /**
   * Fills an array.
   *
   * @param same the layout of the array's elements if the tensor's bytes are those, else null
   */
  private void gather(@Nullable ValueLayout same, Object values, Each each) {
    Rows.forEach(
        elements.layout(),
        (from, element, count, stride) -> {
          if (same != null && stride == 1) {
            MemorySegment.copy(segment, same, codec.byteOf(base, element), values, from, count);
          } else {
            row(each, from, element, count, stride);
          }
        });
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
