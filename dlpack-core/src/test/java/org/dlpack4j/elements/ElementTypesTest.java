package org.dlpack4j.elements;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.TensorLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vector and complex types, packed and padded ones, and what Java has a layout for. */
class ElementTypesTest {

  private static final MemorySegment BYTES = MemorySegment.ofArray(new byte[64]).asReadOnly();

  private static MemorySegment floats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return MemorySegment.ofArray(values);
  }

  @Test
  void givesLanesADimensionOfTheirOwn() {
    TensorLayout everySecond = TensorLayout.contiguous(3, 4).slice(1, 1, 4, 2);

    TensorElements elements =
        TensorElements.of(floats(24), new DataType(Code.FLOAT, 32, 2), everySecond);

    assertThat(elements.dataType()).isEqualTo(DataType.FLOAT32);
    assertThat(elements.layout()).hasToString("[3, 2, 2] strides [8, 4, 1] offset 2");
    assertThat(elements.toFloatArray()).containsExactly(2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23);
    assertThat(elements.firstElementOffset()).isEqualTo(8);
  }

  @Test
  void packsLanesOfAVectorWithoutGapsUnlessPadded() {
    DataType triple = new DataType(Code.UINT, 4, 3);
    MemorySegment memory = MemorySegment.ofArray(new byte[] {0x21, 0x43, 0x65, 7, 8, 9});

    assertThat(TensorElements.of(memory, triple, TensorLayout.contiguous(2)).toIntArray())
        .containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(TensorElements.of(memory, 0, triple, TensorLayout.contiguous(2), true).toIntArray())
        .containsExactly(1, 3, 5, 7, 8, 9);
  }

  @Test
  void hasNothingOfAVectorWithoutLanes() {
    TensorElements none =
        TensorElements.of(
            MemorySegment.NULL, new DataType(Code.INT, 8, 0), TensorLayout.contiguous(5));

    assertThat(none.layout().shape()).containsExactly(5, 0);
    assertThat(none.toByteArray()).isEmpty();
  }

  @Test
  void refusesLanesBeyondTheSegment() {
    DataType pair = new DataType(Code.FLOAT, 32, 2);

    assertThatCode(() -> TensorElements.of(floats(6), pair, TensorLayout.contiguous(3)))
        .doesNotThrowAnyException();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorElements.of(floats(5), pair, TensorLayout.contiguous(3)))
        .withMessage("segment: expected bytes for float32[3, 2] from byte 0 on but found 20 bytes");
  }

  @Test
  void takesComplexNumbersApart() {
    TensorLayout layout = TensorLayout.contiguous(2, 3).transpose().slice(0, 1, 3, 1);
    TensorElements elements = TensorElements.of(floats(12), DataType.COMPLEX64, layout);

    assertThat(elements.real().dataType()).isEqualTo(DataType.FLOAT32);
    assertThat(elements.real().toFloatArray()).containsExactly(2, 8, 4, 10);
    assertThat(elements.imaginary().toFloatArray()).containsExactly(3, 9, 5, 11);
    assertThat(elements.imaginary().layout().shape()).isEqualTo(layout.shape());
    assertThat(elements.imaginary().firstElementOffset()).isEqualTo(12);
  }

  @Test
  void writesComplexNumbersByTheirParts() {
    double[] memory = new double[2];
    TensorElements scalar =
        TensorElements.of(
            MemorySegment.ofArray(memory), DataType.COMPLEX128, TensorLayout.contiguous());

    scalar.real().setDouble(1.5);
    scalar.imaginary().setDouble(-2);

    assertThat(memory).containsExactly(1.5, -2);
  }

  @Test
  void takesPairsOfHalvesApart() {
    DataType complex32 = new DataType(Code.COMPLEX, 32, 1);
    MemorySegment memory = MemorySegment.ofArray(new short[] {0x3c00, (short) 0xc000});
    TensorElements elements = TensorElements.of(memory, complex32, TensorLayout.contiguous(1));

    assertThat(elements.real().getDouble(0)).isEqualTo(1);
    assertThat(elements.imaginary().getDouble(0)).isEqualTo(-2);
  }

  @Test
  void refusesThePartsOfWhatIsNotComplex() {
    TensorElements elements =
        TensorElements.of(BYTES, DataType.FLOAT32, TensorLayout.contiguous(2));

    assertThatIllegalArgumentException()
        .isThrownBy(elements::real)
        .withMessage("dtype: expected one that real() is for but found float32; use getDouble");
    assertThatIllegalArgumentException()
        .isThrownBy(elements::imaginary)
        .withMessage(
            "dtype: expected one that imaginary() is for but found float32; use getDouble");
  }

  @Test
  void readsPaddedNumbersFromTheLowBitsOfTheirBytes() {
    byte[] bytes = {0x7, (byte) 0xF9, 0x6};
    TensorElements padded =
        TensorElements.of(
            MemorySegment.ofArray(bytes), 0, DataType.INT4, TensorLayout.contiguous(3), true);

    assertThat(padded.toIntArray()).containsExactly(7, -7, 6);
    padded.setLong(-1, 1);
    assertThat(bytes).containsExactly(7, 0xF, 6);
  }

  @Test
  void slicesPackedNumbersAtAnyBit() {
    TensorElements all =
        TensorElements.of(
            MemorySegment.ofArray(new byte[] {0, 0x21, 0x43, 0x65}),
            1,
            DataType.UINT4,
            TensorLayout.contiguous(2, 3),
            false);

    assertThat(all.withLayout(all.layout().slice(1, 1, 3, 1)).toIntArray())
        .containsExactly(2, 3, 5, 6);
    assertThat(all.withLayout(all.layout().transpose()).toIntArray())
        .containsExactly(1, 4, 2, 5, 3, 6);
    assertThat(all.withLayout(all.layout().slice(0, 1, -1, -1)).getLong(0, 2)).isEqualTo(6);
  }

  @Test
  void endsPackedNumbersInTheByteThatHoldsTheirLastBit() {
    DataType sixBits = new DataType(Code.FLOAT6_E2M3FN, 6, 1);
    MemorySegment three = MemorySegment.ofArray(new byte[3]);

    assertThat(TensorElements.of(three, sixBits, TensorLayout.contiguous(4)).getDouble(3)).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorElements.of(three, sixBits, TensorLayout.contiguous(5)))
        .withMessage(
            "segment: expected bytes for float6_e2m3fn[5] from byte 0 on but found 3 bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorElements.of(three, 0, sixBits, TensorLayout.contiguous(4), true));
  }

  @Test
  void carriesTypesThatJavaCannotRead() {
    DataType unknown = new DataType(200, 24, 1);
    TensorElements elements = TensorElements.of(BYTES, unknown, TensorLayout.contiguous(2, 3));

    assertThat(elements.dataType()).isEqualTo(unknown);
    assertThat(elements.withLayout(elements.layout().select(0, 1)).firstElementOffset())
        .isEqualTo(9);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorElements.of(BYTES, unknown, TensorLayout.contiguous(22)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, byte",
    "1, 8, byte",
    "0, 16, short",
    "1, 16, short",
    "0, 32, int",
    "1, 32, int",
    "0, 64, long",
    "1, 64, long",
    "2, 32, float",
    "2, 64, double",
    "6, 8, boolean"
  })
  void offersJavasOwnLayoutAlignedOnlyWhereTheElementsAre(int code, int bits, String carrier) {
    DataType type = new DataType(code, bits, 1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(64, 8);
      for (int base = 0; base < 8; base++) {
        TensorElements elements =
            TensorElements.of(
                memory, base, type, TensorLayout.contiguous(4).slice(0, 1, 4, 2), false);
        ValueLayout layout = elements.valueLayout();

        assertThat(layout.carrier().getSimpleName()).isEqualTo(carrier);
        assertThat(layout.byteAlignment()).isEqualTo(base % (bits / 8) == 0 ? bits / 8 : 1);
        assertThat(layout.order()).isEqualTo(ByteOrder.nativeOrder());
        assertThatCode(() -> layout.varHandle().get(memory, elements.firstElementOffset()))
            .doesNotThrowAnyException();
      }
    }
  }

  @Test
  void takesAnArraysWordForItsAlignment() {
    TensorLayout two = TensorLayout.contiguous(2);
    MemorySegment longs = MemorySegment.ofArray(new long[4]);

    assertThat(TensorElements.of(longs, DataType.INT64, two).valueLayout())
        .isEqualTo(ValueLayout.JAVA_LONG);
    assertThat(TensorElements.of(longs, 4, DataType.INT64, two, false).valueLayout())
        .isEqualTo(ValueLayout.JAVA_LONG_UNALIGNED);
    assertThat(TensorElements.of(BYTES, DataType.INT64, two).valueLayout())
        .isEqualTo(ValueLayout.JAVA_LONG_UNALIGNED);
    assertThat(
            TensorElements.of(MemorySegment.NULL, DataType.INT64, TensorLayout.contiguous(0))
                .valueLayout())
        .isEqualTo(ValueLayout.JAVA_LONG_UNALIGNED);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 4, use getLong",
    "1, 24, use getLong",
    "2, 16, use getDouble",
    "4, 16, use getDouble",
    "10, 8, use getDouble",
    "6, 16, use getBoolean or getLong",
    "5, 64, use real() and imaginary() of its TensorElements"
  })
  void offersNoLayoutWhereJavaHasNone(int code, int bits, String advice) {
    DataType type = new DataType(code, bits, 1);
    TensorElements elements = TensorElements.of(BYTES, type, TensorLayout.contiguous(2));

    assertThatIllegalArgumentException()
        .isThrownBy(elements::valueLayout)
        .withMessage(
            "dtype: expected one that valueLayout() is for but found %s; %s", type, advice);
  }
}
