package org.dlpack4j.elements;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.TensorLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole tensors as arrays; that the order is right, LayoutsAgainstNumpyTest asks NumPy. */
class ElementArraysTest {

  private static final int COUNT = 24;

  private static DataType type(int code, int bits) {
    return new DataType(code, bits, 1);
  }

  /** Random bytes, one byte into their segment, under layouts of every kind. */
  private static void underEveryLayout(DataType type, Consumer<TensorElements> test) {
    byte[] bytes = new byte[1 + COUNT * 8];
    new Random(type.hashCode()).nextBytes(bytes);
    TensorLayout whole = TensorLayout.contiguous(2, 3, 4);
    for (TensorLayout layout :
        new TensorLayout[] {
          TensorLayout.contiguous(COUNT),
          whole,
          whole.transpose(),
          whole.slice(2, 1, 3, 1),
          whole.slice(2, 3, -1, -2),
          whole.permute(1, 0, 2),
          whole.slice(0, 1, -1, -1).slice(1, 2, -1, -1).slice(2, 3, -1, -1),
          whole.select(1, 1).broadcast(3, 2, 4),
          whole.slice(1, 2, 2, 1),
          whole.select(0, 1).select(0, 1).select(0, 1)
        }) {
      test.accept(TensorElements.of(MemorySegment.ofArray(bytes), 1, type, layout, false));
    }
  }

  /** Row-major, by the getter that takes all indices. */
  private static LongStream longsOf(TensorElements elements) {
    long[] shape = elements.layout().shape();
    return LongStream.range(0, elements.layout().elementCount())
        .map(
            flat -> {
              long[] index = new long[shape.length];
              long rest = flat;
              for (int axis = shape.length - 1; axis >= 0; axis--) {
                index[axis] = rest % shape[axis];
                rest /= shape[axis];
              }
              return elements.getLong(index);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8", "1, 8", "0, 16", "1, 16", "0, 32", "1, 32", "0, 64", "1, 64", "6, 8", "0, 4", "1, 2",
    "0, 12", "1, 24", "0, 33", "6, 1"
  })
  void holdIntegersInWhateverIsAsWide(int code, int bits) {
    underEveryLayout(
        type(code, bits),
        elements -> {
          long[] expected = longsOf(elements).toArray();

          assertThat(elements.toLongArray()).as("%s", elements).isEqualTo(expected);
          if (bits <= 32) {
            assertThat(elements.toIntArray())
                .as("%s", elements)
                .isEqualTo(LongStream.of(expected).mapToInt(value -> (int) value).toArray());
          }
          if (bits <= 16) {
            assertThat(elements.toShortArray()).as("%s", elements).isEqualTo(shorts(expected));
          }
          if (bits <= 8) {
            assertThat(elements.toByteArray()).as("%s", elements).isEqualTo(bytes(expected));
          }
        });
  }

  private static short[] shorts(long[] values) {
    short[] shorts = new short[values.length];
    for (int i = 0; i < values.length; i++) {
      shorts[i] = (short) values[i];
    }
    return shorts;
  }

  private static byte[] bytes(long[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({
    "2, 16", "4, 16", "2, 32", "2, 64", "10, 8", "14, 8", "15, 6", "17, 4", "1, 64", "6, 8"
  })
  void holdRealNumbers(int code, int bits) {
    underEveryLayout(
        type(code, bits),
        elements -> {
          TensorElements row = elements.withLayout(TensorLayout.contiguous(COUNT));
          double[] all = new double[COUNT];
          for (int i = 0; i < COUNT; i++) {
            all[i] = row.getDouble(i);
          }
          // The layouts are views of the row: their elements' numbers are positions in it.
          int[] positions = positions(elements.layout());
          double[] doubles = elements.toDoubleArray();
          assertThat(doubles).hasSameSizeAs(positions);
          for (int i = 0; i < positions.length; i++) {
            assertThat(doubles[i]).as("%s", elements).isEqualTo(Double.valueOf(all[positions[i]]));
          }
          if (code > 1 && code != Code.BOOL && bits <= 32) {
            float[] floats = elements.toFloatArray();
            assertThat(floats).hasSameSizeAs(positions);
            for (int i = 0; i < positions.length; i++) {
              assertThat((double) floats[i])
                  .as("%s", elements)
                  .isEqualTo(Double.valueOf(all[positions[i]]));
            }
          }
        });
  }

  private static int[] positions(TensorLayout layout) {
    byte[] counted = new byte[COUNT];
    for (int i = 0; i < COUNT; i++) {
      counted[i] = (byte) i;
    }
    return longsOf(TensorElements.of(MemorySegment.ofArray(counted), DataType.INT8, layout))
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  @Test
  void holdBools() {
    byte[] bytes = {0, 1, 0, -1, 2, 0};
    TensorElements bools =
        TensorElements.of(
            MemorySegment.ofArray(bytes), DataType.BOOL, TensorLayout.contiguous(2, 3));

    assertThat(bools.toBooleanArray()).containsExactly(false, true, false, true, true, false);
    assertThat(bools.withLayout(bools.layout().transpose()).toBooleanArray())
        .containsExactly(false, true, true, true, false, false);
    assertThat(bools.toByteArray()).containsExactly(0, 1, 0, 1, 1, 0);
  }

  @Test
  void holdTheBitsOfUnsignedIntegersOfTheirWidth() {
    MemorySegment ones = MemorySegment.ofArray(new long[] {-1});

    assertThat(of(ones, DataType.UINT8).toByteArray()).containsExactly(-1);
    assertThat(of(ones, DataType.UINT8).toShortArray()).containsExactly(255);
    assertThat(of(ones, DataType.UINT16).toShortArray()).containsExactly(-1);
    assertThat(of(ones, DataType.UINT16).toIntArray()).containsExactly(0xFFFF);
    assertThat(of(ones, DataType.UINT32).toIntArray()).containsExactly(-1);
    assertThat(of(ones, DataType.UINT32).toLongArray()).containsExactly(0xFFFFFFFFL);
    assertThat(of(ones, DataType.UINT64).toLongArray()).containsExactly(-1);
    assertThat(of(ones, DataType.UINT64).toDoubleArray()).containsExactly(0x1p64);
  }

  private static TensorElements of(MemorySegment memory, DataType type) {
    return TensorElements.of(memory, type, TensorLayout.contiguous(1));
  }

  @Test
  void setAllIntegersInRowMajorOrder() {
    int[] memory = new int[6];
    TensorLayout transposed = TensorLayout.contiguous(3, 2).transpose();

    TensorElements.of(MemorySegment.ofArray(memory), DataType.INT32, transposed)
        .setAll(1, 2, 3, 4, 5, 6);

    assertThat(memory).containsExactly(1, 4, 2, 5, 3, 6);
  }

  @Test
  void setAllFloatsRoundedToTheirType() {
    float[] memory = new float[3];
    TensorLayout backwards = TensorLayout.contiguous(3).slice(0, 2, -1, -1);

    TensorElements.of(MemorySegment.ofArray(memory), DataType.FLOAT32, backwards)
        .setAll(0.1, 1e300, -2);

    assertThat(memory).containsExactly(-2, Float.POSITIVE_INFINITY, 0.1f);
  }

  @Test
  void setBoolsByZeroAndOne() {
    byte[] memory = new byte[3];

    TensorElements.of(MemorySegment.ofArray(memory), DataType.BOOL, TensorLayout.contiguous(3))
        .setAll(1, 0, 1);

    assertThat(memory).containsExactly(1, 0, 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void refuseAnotherNumberOfValues(int count) {
    MemorySegment memory = MemorySegment.ofArray(new long[2]);
    TensorLayout two = TensorLayout.contiguous(2);
    String message =
        "values: expected 2, one for each element of [2], but found %d".formatted(count);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorElements.of(memory, DataType.INT64, two).setAll(new long[count]))
        .withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> TensorElements.of(memory, DataType.FLOAT64, two).setAll(new double[count]))
        .withMessage(message);
  }

  @Test
  void refuseMoreElementsThanAnArrayHas() {
    TensorElements endless =
        TensorElements.of(
            MemorySegment.ofArray(new byte[1]),
            DataType.BOOL,
            TensorLayout.contiguous(1).broadcast(Integer.MAX_VALUE - 7L));

    assertThatIllegalArgumentException()
        .isThrownBy(endless::toBooleanArray)
        .withMessage(
            "array: expected at most 2147483639 elements but found 2147483640; take a slice at a"
                + " time");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> endless.withLayout(endless.layout().broadcast(9, 1L << 31)).toByteArray());
  }

  @ParameterizedTest
  @CsvSource({
    "toByteArray, 0, 16, use toLongArray",
    "toByteArray, 0, 9, use toLongArray",
    "toShortArray, 1, 32, use toLongArray",
    "toIntArray, 0, 64, use toLongArray",
    "toIntArray, 2, 32, use toDoubleArray",
    "toLongArray, 4, 16, use toDoubleArray",
    "toFloatArray, 2, 64, use toDoubleArray",
    "toFloatArray, 0, 8, use toLongArray",
    "toFloatArray, 6, 8, use toBooleanArray",
    "toBooleanArray, 1, 8, use toLongArray",
    "toDoubleArray, 5, 64, use real() and imaginary() of its TensorElements",
    "toLongArray, 5, 64, use real() and imaginary() of its TensorElements",
    "toDoubleArray, 3, 64, 'Java has no number for it, so look at its bytes'",
    "setAll(long...), 2, 32, use setDouble",
    "setAll(long...), 5, 64, use real() and imaginary() of its TensorElements",
    "setAll(double...), 0, 32, use setLong",
    "setAll(double...), 6, 8, use setBoolean or setLong",
  })
  void nameTheMethodThatATypeIsFor(String method, int code, int bits, String advice) {
    TensorElements elements = of(MemorySegment.ofArray(new long[2]), type(code, bits));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> call(elements, method))
        .withMessage(
            "dtype: expected one that %s is for but found %s; %s",
            method, elements.dataType(), advice);
  }

  private static void call(TensorElements elements, String method) {
    switch (method) {
      case "toByteArray" -> elements.toByteArray();
      case "toShortArray" -> elements.toShortArray();
      case "toIntArray" -> elements.toIntArray();
      case "toLongArray" -> elements.toLongArray();
      case "toFloatArray" -> elements.toFloatArray();
      case "toDoubleArray" -> elements.toDoubleArray();
      case "toBooleanArray" -> elements.toBooleanArray();
      case "setAll(long...)" -> elements.setAll(1L);
      default -> elements.setAll(1.0);
    }
  }
}
