package org.dlpack4j.elements;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.Oracle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every pattern of every small format, and doubles at every edge. */
class SmallFloatsAgainstMlDtypesTest {

  private final MemorySegment memory = MemorySegment.ofArray(new byte[2]);

  static List<String> formats() {
    return Oracle.lines("elements/decoded.txt");
  }

  @ParameterizedTest
  @MethodSource("formats")
  void readsEveryPatternAsMlDtypesDoes(String format) {
    List<String> words = List.of(format.split(" ", -1));
    DataType type = Oracle.type(words.get(0));
    int step = Integer.parseInt(words.get(1));
    ByteBuffer all = ByteBuffer.allocate(Float.BYTES << type.bits());
    for (int pattern = 0; pattern < 1 << type.bits(); pattern++) {
      all.putInt(Float.floatToIntBits((float) read(type, pattern)));
    }

    for (int i = 3; i < words.size(); i++) {
      int pattern = (i - 3) * step;
      assertThat(all.getInt(pattern * Float.BYTES))
          .as("%s %x", type, pattern)
          .isEqualTo(Integer.parseUnsignedInt(words.get(i), 16));
    }
    assertThat(HexFormat.of().formatHex(sha256(all.array()))).isEqualTo(words.get(2));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private double read(DataType type, int pattern) {
    int bits = type.bits() == 16 ? 16 : 8;
    ElementCodec.of(new DataType(Code.UINT, bits, 1), false).setLong(memory, 0, 0, pattern);
    return ElementCodec.of(type, true).getDouble(memory, 0, 0);
  }

  private long write(DataType type, double value) {
    int bits = type.bits() == 16 ? 16 : 8;
    ElementCodec.of(type, true).setDouble(memory, 0, 0, value);
    return ElementCodec.of(new DataType(Code.UINT, bits, 1), false).getLong(memory, 0, 0);
  }

  @Test
  void writesEveryDoubleAsMlDtypesDoes() {
    List<DataType> types = new ArrayList<>();
    int compared = 0;
    for (String line : Oracle.lines("elements/encoded.txt")) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("all") || words[0].equals("only")) {
        types = Arrays.stream(words).skip(1).map(Oracle::type).toList();
        continue;
      }
      double value = Double.longBitsToDouble(Long.parseUnsignedLong(words[0], 16));
      for (int i = 0; i < types.size(); i++) {
        if (!words[i + 1].equals("-")) {
          assertThat(write(types.get(i), value))
              .as("%s as %s", value, types.get(i))
              .isEqualTo(Long.parseLong(words[i + 1], 16));
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(5000);
  }

  @ParameterizedTest
  @MethodSource("formats")
  void keepsEveryNumberThatItReads(String format) {
    DataType type = Oracle.type(format.substring(0, format.indexOf(' ')));
    for (int pattern = 0; pattern < 1 << type.bits(); pattern++) {
      double value = read(type, pattern);
      if (!Double.isNaN(value)) {
        assertThat(write(type, value)).as("%s %x", type, pattern).isEqualTo(pattern);
      }
    }
  }

  @Test
  void takesTheNearestPowerOfTwoAlsoBelowTheSmallestNormalFloat() {
    DataType scale = new DataType(Code.FLOAT8_E8M0FNU, 8, 1);

    assertThat(write(scale, 0x1.7p-127)).isZero();
    assertThat(write(scale, 0x1.9p-127)).isEqualTo(1);
    assertThat(write(scale, Double.MIN_VALUE)).isZero();
  }
}
