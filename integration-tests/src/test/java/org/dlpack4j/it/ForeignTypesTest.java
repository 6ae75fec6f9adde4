package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tensors of every type of DLPack 1.3 from C, in memory that ends where their last element does:
 * packed, padded, and walked backwards.
 */
@Tag("abuse-21")
class ForeignTypesTest {

  private static final int COUNT = 13;
  private static final TensorImporter VERSIONED = TensorImporter.versioned();

  /** A number, and its bits as the type's own specification has them. */
  record Sample(long bits, double value) {}

  private static Arguments type(int code, int bits, Sample... samples) {
    return Arguments.of(new DataType(code, bits, 1), samples);
  }

  private static Arguments type(int code, int bits, long bitsOfOne, long bitsOfMinusTwo) {
    return type(code, bits, new Sample(bitsOfOne, 1), new Sample(bitsOfMinusTwo, -2));
  }

  static Stream<Arguments> realTypes() {
    return Stream.concat(integers(), floats());
  }

  private static Stream<Arguments> integers() {
    return IntStream.of(1, 2, 4, 8, 16, 32, 64)
        .boxed()
        .flatMap(
            bits -> {
              Sample lowest = new Sample(1L << (bits - 1), -Math.pow(2, bits - 1));
              Sample all = new Sample(-1L >>> (64 - bits), -1);
              Sample half = new Sample(1L << (bits - 1), Math.pow(2, bits - 1));
              return Stream.of(
                  type(Code.INT, bits, new Sample(0, 0), lowest, all),
                  type(Code.UINT, bits, new Sample(0, 0), new Sample(1, 1), half));
            });
  }

  private static Stream<Arguments> floats() {
    return Stream.of(
        type(Code.FLOAT, 16, 0x3C00, 0xC000),
        type(Code.FLOAT, 32, 0x3F80_0000, 0xC000_0000L),
        type(Code.FLOAT, 64, 0x3FF0_0000_0000_0000L, 0xC000_0000_0000_0000L),
        type(Code.BFLOAT, 16, 0x3F80, 0xC000),
        type(Code.FLOAT8_E3M4, 8, 0x30, 0xC0),
        type(Code.FLOAT8_E4M3, 8, 0x38, 0xC0),
        type(Code.FLOAT8_E4M3B11FNUZ, 8, 0x58, 0xE0),
        type(Code.FLOAT8_E4M3FN, 8, 0x38, 0xC0),
        type(Code.FLOAT8_E4M3FNUZ, 8, 0x40, 0xC8),
        type(Code.FLOAT8_E5M2, 8, 0x3C, 0xC0),
        type(Code.FLOAT8_E5M2FNUZ, 8, 0x40, 0xC4),
        type(Code.FLOAT8_E8M0FNU, 8, new Sample(0x7F, 1), new Sample(0x81, 4)),
        type(Code.FLOAT6_E2M3FN, 6, 0x08, 0x30),
        type(Code.FLOAT6_E3M2FN, 6, 0x0C, 0x30),
        type(Code.FLOAT4_E2M1FN, 4, 0x2, 0xC));
  }

  @ParameterizedTest
  @MethodSource("realTypes")
  void isReadToItsLastBitWherePacked(DataType type, Sample[] samples) {
    read(type, samples, type.bits(), 0);
  }

  @ParameterizedTest
  @MethodSource("realTypes")
  void isReadToItsLastByteWherePadded(DataType type, Sample[] samples) {
    if (type.bits() % Byte.SIZE != 0) {
      read(type, samples, Byte.SIZE, TensorFlags.IS_SUBBYTE_TYPE_PADDED);
    } else {
      TensorImporter importer = VERSIONED;
      HostileTensor tensor =
          HostileFields.of(Flavour.VERSIONED, pattern(samples, type.bits()), type, COUNT)
              .flags(TensorFlags.IS_SUBBYTE_TYPE_PADDED)
              .make();
      assertThatExceptionOfType(RefusedTensorException.class)
          .isThrownBy(() -> importer.adopt(tensor.managed()))
          .withMessageContaining("no padding of " + type);
    }
  }

  private static void read(DataType type, Sample[] samples, int step, long flags) {
    HostileFields fields =
        HostileFields.of(Flavour.VERSIONED, pattern(samples, step), type, COUNT).flags(flags);
    double[] expected = values(samples);
    try (ImportedTensor tensor = VERSIONED.adopt(fields.make().managed())) {
      assertThat(tensor.view().dataType()).isEqualTo(type);
      assertThat(tensor.elements().toDoubleArray()).containsExactly(expected);
    }
    try (ReusableTensor tensor = VERSIONED.reusable()) {
      tensor.adopt(fields.make().address());
      boolean integer = type.code() == Code.INT || type.code() == Code.UINT;
      for (int i = 0; i < COUNT; i++) {
        double found = integer && type.bits() < 64 ? tensor.getLong(i) : tensor.getDouble(i);
        assertThat(found).isEqualTo(expected[i]);
      }
    }
    readBackwards(fields, expected, step);
  }

  /** From the last element that begins on a whole byte, as an address must. */
  private static void readBackwards(HostileFields fields, double[] forwards, int step) {
    int last = COUNT - 1;
    while (last * step % Byte.SIZE != 0) {
      last--;
    }
    double[] backwards = new double[last + 1];
    Arrays.setAll(backwards, i -> forwards[backwards.length - 1 - i]);
    HostileTensor tensor =
        fields
            .shape(backwards.length)
            .strides(-1)
            .set("byte_offset", (long) last * step / Byte.SIZE)
            .make();
    try (ImportedTensor imported = VERSIONED.adopt(tensor.managed())) {
      assertThat(imported.firstElementOffset()).isEqualTo((long) last * step / Byte.SIZE);
      assertThat(imported.elements().toDoubleArray()).containsExactly(backwards);
    }
  }

  /** The samples again and again, so many bits each, the lowest bits first. */
  private static MemorySegment pattern(Sample[] samples, int step) {
    byte[] bytes = new byte[(COUNT * step + Byte.SIZE - 1) / Byte.SIZE];
    for (int i = 0; i < COUNT; i++) {
      long bits = samples[i % samples.length].bits();
      for (int bit = 0; bit < step; bit++) {
        int at = i * step + bit;
        bytes[at / Byte.SIZE] |= (byte) ((bits >>> bit & 1) << at % Byte.SIZE);
      }
    }
    return HostileProducer.mapOf(bytes);
  }

  private static double[] values(Sample[] samples) {
    return IntStream.range(0, COUNT)
        .mapToDouble(i -> samples[i % samples.length].value())
        .toArray();
  }

  @Test
  void everyCodeOfDlpackIsAmongThese() {
    assertThat(realTypes().map(type -> ((DataType) type.get()[0]).code()).distinct())
        .containsAll(
            IntStream.rangeClosed(0, Code.FLOAT4_E2M1FN)
                .filter(code -> code != Code.OPAQUE_HANDLE)
                .filter(code -> code != Code.COMPLEX && code != Code.BOOL)
                .boxed()
                .toList());
  }

  @Test
  void everyNonzeroByteIsATrueBool() {
    MemorySegment data = HostileProducer.mapOf((byte) 0, (byte) 1, (byte) 2, (byte) -1);
    HostileFields fields = HostileFields.of(Flavour.VERSIONED, data, DataType.BOOL, 4);
    try (ImportedTensor tensor = VERSIONED.adopt(fields.make().managed())) {
      assertThat(tensor.elements().toBooleanArray()).containsExactly(false, true, true, true);
      assertThat(tensor.elements().toLongArray()).containsExactly(0, 1, 1, 1);
    }
  }

  @Test
  void aHandleIsPassedOnWhereThePolicyAllowsItAndNeverRead() {
    DataType handle = new DataType(Code.OPAQUE_HANDLE, 64, 1);
    MemorySegment data = HostileProducer.map(16);
    HostileTensor tensor = HostileFields.of(Flavour.VERSIONED, data, handle, 2).make();
    TensorImporter importer = VERSIONED.with(ImportPolicy.DEFAULT.anyDataType());
    try (ImportedTensor imported = importer.adopt(tensor.managed())) {
      assertThat(imported.segment().byteSize()).isEqualTo(16);
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> imported.elements().getLong(0))
          .withMessageContaining("look at its bytes");
    }
  }
}
