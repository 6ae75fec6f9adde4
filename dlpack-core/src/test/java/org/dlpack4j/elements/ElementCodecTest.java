package org.dlpack4j.elements;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.Random;
import java.util.function.Consumer;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Integers of every width, bools and Java's floats; the small formats have ml_dtypes to ask. */
class ElementCodecTest {

  private static final int ELEMENTS = 17;

  /** The bits from a place in memory, found one by one. */
  private static BigInteger bits(byte[] bytes, int from, int count) {
    BigInteger value = BigInteger.ZERO;
    for (int i = 0; i < count; i++) {
      int bit = from + i;
      if ((bytes[bit / 8] >> (bit % 8) & 1) != 0) {
        value = value.setBit(i);
      }
    }
    return value;
  }

  private static BigInteger signed(BigInteger value, int bits) {
    return value.testBit(bits - 1) ? value.subtract(BigInteger.ONE.shiftLeft(bits)) : value;
  }

  /** A run of every integer type of 1 to 64 bits, packed and padded, in just its bytes. */
  private static void forEveryInteger(Consumer<Run> test) {
    Random random = new Random(23);
    for (int bits = 1; bits <= 64; bits++) {
      for (int code : new int[] {Code.INT, Code.UINT}) {
        for (boolean padded : new boolean[] {false, true}) {
          DataType type = new DataType(code, bits, 1);
          int base = random.nextInt(3);
          byte[] bytes = new byte[base + (int) type.storageBytes(ELEMENTS, padded)];
          random.nextBytes(bytes);
          test.accept(new Run(type, padded, base, bytes, random));
        }
      }
    }
  }

  private static final class Run {
    final DataType type;
    final int base;
    final byte[] bytes;
    final MemorySegment memory;
    final Random random;
    final ElementCodec codec;

    Run(DataType type, boolean padded, int base, byte[] bytes, Random random) {
      this.type = type;
      this.base = base;
      this.bytes = bytes;
      this.random = random;
      memory = MemorySegment.ofArray(bytes);
      codec = ElementCodec.of(type, padded);
    }

    int firstBit(int element) {
      return base * 8 + element * codec.strideBits();
    }

    BigInteger expected(int element) {
      BigInteger value = bits(bytes, firstBit(element), type.bits());
      return type.code() == Code.INT ? signed(value, type.bits()) : value;
    }
  }

  @Test
  void readsIntegersOfEveryWidth() {
    forEveryInteger(
        run -> {
          for (int i = 0; i < ELEMENTS; i++) {
            BigInteger expected = run.expected(i);
            assertThat(run.codec.getLong(run.memory, run.base, i))
                .as("%s %d", run.codec, i)
                .isEqualTo(expected.longValue());
            assertThat(run.codec.getDouble(run.memory, run.base, i))
                .as("%s %d", run.codec, i)
                .isEqualTo(expected.doubleValue());
          }
        });
  }

  @Test
  void writesIntegersOfEveryWidthAndNoBitBesideThem() {
    forEveryInteger(
        run -> {
          int element = run.random.nextInt(ELEMENTS);
          byte[] before = run.bytes.clone();
          long value = run.random.nextLong() >> (64 - run.type.bits());
          if (run.type.code() == Code.UINT) {
            value &= -1L >>> (64 - run.type.bits());
          }

          run.codec.setLong(run.memory, run.base, element, value);

          int from = run.firstBit(element);
          int to = from + run.codec.strideBits();
          assertThat(run.codec.getLong(run.memory, run.base, element)).isEqualTo(value);
          assertThat(bits(run.bytes, from + run.type.bits(), to - from - run.type.bits()))
              .as("padding of %s", run.codec)
              .isZero();
          assertThat(bits(run.bytes, 0, from)).as("%s", run.codec).isEqualTo(bits(before, 0, from));
          assertThat(bits(run.bytes, to, run.bytes.length * 8 - to))
              .as("%s", run.codec)
              .isEqualTo(bits(before, to, before.length * 8 - to));
        });
  }

  @Test
  void writesNoIntegerThatDoesNotFit() {
    forEveryInteger(
        run -> {
          int bits = run.type.bits();
          if (bits == 64) {
            return; // every long does
          }
          boolean signed = run.type.code() == Code.INT;
          long lowest = signed ? -1L << (bits - 1) : 0;
          long highest = (1L << (signed ? bits - 1 : bits)) - 1;
          byte[] before = run.bytes.clone();
          for (long value : new long[] {lowest - 1, highest + 1, Long.MIN_VALUE}) {
            assertThatIllegalArgumentException()
                .isThrownBy(() -> run.codec.setLong(run.memory, run.base, 0, value))
                .withMessage(
                    "value: expected %d to %d for %s but found %d",
                    lowest, highest, run.type, value);
          }
          assertThat(run.bytes).isEqualTo(before);
          run.codec.setLong(run.memory, run.base, 0, lowest);
          assertThat(run.codec.getLong(run.memory, run.base, 0)).isEqualTo(lowest);
          run.codec.setLong(run.memory, run.base, 0, highest);
          assertThat(run.codec.getLong(run.memory, run.base, 0)).isEqualTo(highest);
        });
  }

  @Test
  void touchesNoByteBehindOrBeforeItsElement() {
    forEveryInteger(
        run -> {
          for (long outside : new long[] {-run.base - 9L, ELEMENTS + 8}) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .as("%s", run.codec)
                .isThrownBy(() -> run.codec.getLong(run.memory, run.base, outside * 8));
          }
        });
  }

  @Test
  void countsElementsBackwardsFromTheBase() {
    MemorySegment memory = MemorySegment.ofArray(new byte[] {0x21, 0x43, 0x65});
    ElementCodec nibbles = ElementCodec.of(DataType.UINT4, false);

    for (int i = -4; i < 2; i++) {
      assertThat(nibbles.getLong(memory, 2, i)).isEqualTo(i + 5);
    }
  }

  @Test
  void readsUnsignedLongsAsBitsOrRoundedOnce() {
    MemorySegment memory = MemorySegment.ofArray(new long[1]);
    ElementCodec codec = ElementCodec.of(DataType.UINT64, false);
    for (long value : new long[] {-1, Long.MIN_VALUE, Long.MIN_VALUE + 1025, -1024, 1L << 62}) {
      codec.setLong(memory, 0, 0, value);

      assertThat(codec.getLong(memory, 0, 0)).isEqualTo(value);
      assertThat(codec.getDouble(memory, 0, 0))
          .isEqualTo(new BigInteger(Long.toUnsignedString(value)).doubleValue());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 16, 64})
  void takesEveryBoolButZeroForTrue(int bits) {
    MemorySegment memory = MemorySegment.ofArray(new long[1]);
    ElementCodec bools = ElementCodec.of(new DataType(Code.BOOL, bits, 1), false);
    ElementCodec numbers = ElementCodec.of(new DataType(Code.UINT, bits, 1), false);
    for (long value : new long[] {0, 1, 1L << (bits - 1)}) {
      numbers.setLong(memory, 0, 0, value);

      assertThat(bools.getBoolean(memory, 0, 0)).isEqualTo(value != 0);
      assertThat(bools.getLong(memory, 0, 0)).isEqualTo(value == 0 ? 0 : 1);
      assertThat(bools.getDouble(memory, 0, 0)).isEqualTo(value == 0 ? 0 : 1);
    }
  }

  @Test
  void writesBoolsAsZeroAndOne() {
    byte[] bytes = {9, 9, 9, 9, 9};
    MemorySegment memory = MemorySegment.ofArray(bytes);
    ElementCodec bools = ElementCodec.of(DataType.BOOL, false);

    bools.setBoolean(memory, 0, 0, true);
    bools.setBoolean(memory, 0, 1, false);
    bools.setLong(memory, 0, 2, 1);
    bools.setLong(memory, 0, 3, 0);

    assertThat(bytes).containsExactly(1, 0, 1, 0, 9);
    for (long value : new long[] {2, -1, 256}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> bools.setLong(memory, 0, 0, value))
          .withMessage("value: expected 0 or 1 for bool but found " + value);
    }
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {0, -0.0, 1.1, -1e300, 1e-300, Double.NaN, Double.NEGATIVE_INFINITY, 16777217})
  void readsAndWritesJavasOwnFloats(double value) {
    MemorySegment memory = MemorySegment.ofArray(new byte[17]);
    ElementCodec doubles = ElementCodec.of(DataType.FLOAT64, false);
    ElementCodec floats = ElementCodec.of(DataType.FLOAT32, false);

    doubles.setDouble(memory, 1, 1, value);
    assertThat(doubles.getDouble(memory, 1, 1)).isEqualTo(Double.valueOf(value));
    floats.setDouble(memory, 1, 3, value);
    assertThat(floats.getDouble(memory, 1, 3)).isEqualTo(Double.valueOf((float) value));
  }

  @ParameterizedTest
  @CsvSource({
    "getLong, 2, 32, use getDouble",
    "getLong, 10, 8, use getDouble",
    "getBoolean, 0, 8, use getLong",
    "getBoolean, 4, 16, use getDouble",
    "setLong, 2, 64, use setDouble",
    "setDouble, 1, 64, use setLong",
    "setDouble, 6, 8, use setBoolean or setLong",
    "setBoolean, 0, 4, use setLong",
    "getDouble, 5, 64, use real() and imaginary() of its TensorElements",
    "setDouble, 5, 128, use real() and imaginary() of its TensorElements",
    "getLong, 3, 64, 'Java has no number for it, so look at its bytes'",
    "getLong, 0, 128, 'Java has no number for it, so look at its bytes'",
    "getLong, 0, 0, 'Java has no number for it, so look at its bytes'",
    "getDouble, 2, 8, 'Java has no number for it, so look at its bytes'",
    "getDouble, 10, 16, 'Java has no number for it, so look at its bytes'",
    "getDouble, 200, 8, 'Java has no number for it, so look at its bytes'",
  })
  void namesTheMethodThatATypeIsFor(String method, int code, int bits, String advice) {
    MemorySegment memory = MemorySegment.ofArray(new byte[16]);
    DataType type = new DataType(code, bits, 1);
    ElementCodec codec = ElementCodec.of(type, false);

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> {
              switch (method) {
                case "getLong" -> codec.getLong(memory, 0, 0);
                case "getDouble" -> codec.getDouble(memory, 0, 0);
                case "getBoolean" -> codec.getBoolean(memory, 0, 0);
                case "setLong" -> codec.setLong(memory, 0, 0, 1);
                case "setDouble" -> codec.setDouble(memory, 0, 0, 1);
                default -> codec.setBoolean(memory, 0, 0, true);
              }
            })
        .withMessage("dtype: expected one that %s is for but found %s; %s", method, type, advice);
  }

  @Test
  void isMadeOnceForEveryTypeWithAName() {
    for (int code = 0; code <= Code.FLOAT4_E2M1FN; code++) {
      for (int bits = 0; bits <= 255; bits++) {
        ElementCodec packed = ElementCodec.of(new DataType(code, bits, 1), false);
        ElementCodec padded = ElementCodec.of(new DataType(code, bits, 1), true);

        assertThat(ElementCodec.of(new DataType(code, bits, 1), false)).isSameAs(packed);
        assertThat(ElementCodec.of(new DataType(code, bits, 1), true)).isSameAs(padded);
        assertThat(packed.dataType()).isEqualTo(new DataType(code, bits, 1));
        assertThat(packed.strideBits()).isEqualTo(bits);
        assertThat(padded.strideBits()).isEqualTo((bits + 7) / 8 * 8);
      }
    }
  }

  @Test
  void looksPastLanes() {
    assertThat(ElementCodec.of(new DataType(Code.FLOAT, 32, 4), false))
        .isSameAs(ElementCodec.of(DataType.FLOAT32, false))
        .hasToString("codec of float32");
  }
}
