package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataTypeTest {

  @Test
  void isEqualOnlyAsAWholeTriple() {
    DataType int32 = new DataType(0, 32, 1);

    assertThat(int32).isEqualTo(DataType.INT32).hasSameHashCodeAs(DataType.INT32);
    assertThat(int32).isNotEqualTo(new DataType(1, 32, 1));
    assertThat(int32).isNotEqualTo(new DataType(0, 16, 1));
    assertThat(int32).isNotEqualTo(new DataType(0, 32, 2));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, int8",
    "0, 16, int16",
    "0, 32, int32",
    "0, 64, int64",
    "0, 4, int4",
    "1, 8, uint8",
    "1, 16, uint16",
    "1, 32, uint32",
    "1, 64, uint64",
    "1, 4, uint4",
    "2, 16, float16",
    "2, 32, float32",
    "2, 64, float64",
    "3, 64, handle64",
    "4, 16, bfloat16",
    "5, 64, complex64",
    "5, 128, complex128",
    "6, 8, bool",
    "7, 8, float8_e3m4",
    "8, 8, float8_e4m3",
    "9, 8, float8_e4m3b11fnuz",
    "10, 8, float8_e4m3fn",
    "11, 8, float8_e4m3fnuz",
    "12, 8, float8_e5m2",
    "13, 8, float8_e5m2fnuz",
    "14, 8, float8_e8m0fnu",
    "15, 6, float6_e2m3fn",
    "16, 6, float6_e3m2fn",
    "17, 4, float4_e2m1fn",
  })
  void namesEveryCodeOfDlpack(int code, int bits, String name) {
    assertThat(new DataType(code, bits, 1)).hasToString(name);
    assertThat(new DataType(code, bits, 4)).hasToString(name + "x4");
  }

  @ParameterizedTest
  @CsvSource({"6, 1, bool1", "6, 16, bool16", "18, 16, code18_16", "255, 255, code255_255"})
  void namesUnusualTriplesByTheirNumbers(int code, int bits, String name) {
    assertThat(new DataType(code, bits, 1)).hasToString(name);
  }

  @Test
  void constantsHaveDlpacksNumbers() {
    assertThat(DataType.INT8).isEqualTo(new DataType(0, 8, 1));
    assertThat(DataType.INT16).isEqualTo(new DataType(0, 16, 1));
    assertThat(DataType.INT32).isEqualTo(new DataType(0, 32, 1));
    assertThat(DataType.INT64).isEqualTo(new DataType(0, 64, 1));
    assertThat(DataType.UINT8).isEqualTo(new DataType(1, 8, 1));
    assertThat(DataType.UINT16).isEqualTo(new DataType(1, 16, 1));
    assertThat(DataType.UINT32).isEqualTo(new DataType(1, 32, 1));
    assertThat(DataType.UINT64).isEqualTo(new DataType(1, 64, 1));
    assertThat(DataType.FLOAT16).isEqualTo(new DataType(2, 16, 1));
    assertThat(DataType.FLOAT32).isEqualTo(new DataType(2, 32, 1));
    assertThat(DataType.FLOAT64).isEqualTo(new DataType(2, 64, 1));
    assertThat(DataType.BFLOAT16).isEqualTo(new DataType(4, 16, 1));
    assertThat(DataType.COMPLEX64).isEqualTo(new DataType(5, 64, 1));
    assertThat(DataType.COMPLEX128).isEqualTo(new DataType(5, 128, 1));
    assertThat(DataType.BOOL).isEqualTo(new DataType(6, 8, 1));
    assertThat(DataType.INT4).isEqualTo(new DataType(0, 4, 1));
    assertThat(DataType.UINT4).isEqualTo(new DataType(1, 4, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {18, 99, 255})
  void keepsCodesThatItDoesNotKnow(int code) {
    DataType unknown = new DataType(code, 24, 3);

    assertThat(unknown.code()).isEqualTo(code);
    assertThat(unknown.bits()).isEqualTo(24);
    assertThat(unknown.lanes()).isEqualTo(3);
    assertThat(unknown.storageBytes(2, false)).isEqualTo(18);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 8, 1, 'dtype code: expected 0 to 255 but found -1'",
    "256, 8, 1, 'dtype code: expected 0 to 255 but found 256'",
    "0, -1, 1, 'dtype bits: expected 0 to 255 but found -1'",
    "0, 256, 1, 'dtype bits: expected 0 to 255 but found 256'",
    "0, 8, -1, 'dtype lanes: expected 0 to 65535 but found -1'",
    "0, 8, 65536, 'dtype lanes: expected 0 to 65535 but found 65536'",
  })
  void refusesWhatDoesNotFitTheFieldInC(int code, int bits, int lanes, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DataType(code, bits, lanes))
        .withMessage(message);
  }

  @ParameterizedTest(name = "{1} x {2} bits x {0} elements = {3} packed, {4} padded")
  @CsvSource({
    // elements, bits, lanes, packed, padded
    "0, 4, 1, 0, 0",
    "1, 4, 1, 1, 1",
    "2, 4, 1, 1, 2",
    "3, 4, 1, 2, 3",
    "1, 6, 1, 1, 1",
    "3, 6, 1, 3, 3",
    "4, 6, 1, 3, 4",
    "5, 6, 1, 4, 5",
    "8, 1, 1, 1, 8",
    "9, 1, 1, 2, 9",
    "3, 4, 2, 3, 6",
    "3, 4, 3, 5, 9",
    "3, 32, 4, 48, 48",
    "5, 12, 1, 8, 10",
    "7, 0, 1, 0, 0",
    "7, 8, 0, 0, 0",
    "9223372036854775807, 8, 1, 9223372036854775807, 9223372036854775807",
  })
  void roundsStorageUpOnceOverAllElements(
      long elements, int bits, int lanes, long packed, long padded) {
    DataType type = new DataType(0, bits, lanes);

    assertThat(type.storageBytes(elements, false)).isEqualTo(packed);
    assertThat(type.storageBytes(elements, true)).isEqualTo(padded);
  }

  @Test
  void countsPackedElementsWhoseBitsExceedALong() {
    assertThat(DataType.INT4.storageBytes(Long.MAX_VALUE, false)).isEqualTo(1L << 62);
    assertThat(DataType.FLOAT64.storageBytes((1L << 60) - 1, false)).isEqualTo(Long.MAX_VALUE - 7);
  }

  @ParameterizedTest
  @CsvSource({
    "1152921504606846976, 64, 1, false",
    "1152921504606846976, 64, 1, true",
    "9223372036854775807, 9, 1, false",
    "9223372036854775807, 4, 2, true",
    "9223372036854775807, 255, 65535, false",
  })
  void refusesToCountBytesBeyondALong(long elements, int bits, int lanes, boolean padded) {
    DataType type = new DataType(0, bits, lanes);

    assertThatThrownBy(() -> type.storageBytes(elements, padded))
        .isInstanceOf(ArithmeticException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 1, 4, 8, true",
    "4, 2, 8, 16, false",
    "4, 3, 12, 24, true",
    "6, 1, 6, 8, true",
    "6, 4, 24, 32, false",
    "12, 1, 12, 16, true",
    "32, 4, 128, 128, false",
    "0, 1, 0, 0, false",
    "255, 65535, 16711425, 16776960, true",
  })
  void stepsByTheBitsOfAllLanes(int bits, int lanes, int packed, int padded, boolean subByte) {
    DataType type = new DataType(0, bits, lanes);

    assertThat(type.elementBits()).isEqualTo(packed);
    assertThat(type.strideBits(false)).isEqualTo(packed);
    assertThat(type.strideBits(true)).isEqualTo(padded);
    assertThat(type.isSubByte()).isEqualTo(subByte);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, 1",
    "0, 16, 2",
    "0, 32, 4",
    "2, 64, 8",
    "2, 128, 16",
    // half of a complex number
    "5, 64, 4",
    "5, 128, 8",
    "5, 32, 2",
    "5, 16, 1",
    "5, 8, 1",
    // packed or odd sizes have none
    "0, 4, 1",
    "15, 6, 1",
    "0, 0, 1",
    "0, 24, 1",
    "0, 12, 1",
    "0, 20, 1",
    "0, 33, 1",
    "5, 72, 1",
  })
  void alignsToOneNumberIfThatIsAPowerOfTwo(int code, int bits, int alignment) {
    assertThat(new DataType(code, bits, 1).alignment()).isEqualTo(alignment);
    assertThat(new DataType(code, bits, 4).alignment())
        .as("lanes do not count")
        .isEqualTo(alignment);
  }

  @ParameterizedTest
  @CsvSource({
    "0, '1 2 4 8 16 32 64'",
    "1, '1 2 4 8 16 32 64'",
    "2, '16 32 64'",
    "3, ''",
    "4, '16'",
    "5, '32 64 128'",
    "6, '8'",
    "7, '8'",
    "8, '8'",
    "9, '8'",
    "10, '8'",
    "11, '8'",
    "12, '8'",
    "13, '8'",
    "14, '8'",
    "15, '6'",
    "16, '6'",
    "17, '4'",
    "18, ''",
    "255, ''",
  })
  void knowsTheNumbersOfDlpackInTheirUsualSizes(int code, String sizes) {
    Set<Integer> known = new TreeSet<>();
    for (int bits = 0; bits <= 255; bits++) {
      if (new DataType(code, bits, 1).isKnown()) {
        known.add(bits);
      }
      assertThat(new DataType(code, bits, 4).isKnown()).isEqualTo(known.contains(bits));
    }

    assertThat(known.stream().map(String::valueOf).collect(Collectors.joining(" ")))
        .isEqualTo(sizes);
  }

  @Test
  void isTheSameHoweverItIsMade() {
    for (int code : new int[] {0, 2, 3, 5, 6, 15, 17, 18, 255}) {
      for (int bits = 0; bits <= 255; bits++) {
        for (int lanes : new int[] {0, 1, 2, 65535}) {
          DataType type = DataType.of(code, bits, lanes);
          assertThat(type).isEqualTo(new DataType(code, bits, lanes));
          if (lanes == 1 && type.isKnown()) {
            assertThat(DataType.of(code, bits, lanes)).as("kept").isSameAs(type);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"-1, 8, 1", "256, 8, 1", "0, -1, 1", "0, 256, 1", "0, 8, -1", "0, 8, 65536"})
  void isRefusedByOfAsByItsConstructor(int code, int bits, int lanes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataType.of(code, bits, lanes))
        .withMessageMatching("dtype (code|bits|lanes): expected 0 to .* but found -?[0-9]+");
  }
}
