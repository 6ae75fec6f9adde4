package org.dlpack4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What NumPy and ml_dtypes answered, from the files that src/test/python/oracles.py writes. */
public final class Oracle {

  private Oracle() {}

  /** The lines of a file under org/dlpack4j, without those that say what it is. */
  public static List<String> lines(String name) {
    try (InputStream file = Oracle.class.getResourceAsStream("/org/dlpack4j/" + name)) {
      if (file == null) {
        throw new IllegalStateException(
            "expected " + name + " among the test resources; src/test/python/oracles.py writes it");
      }
      return new String(file.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The type of one lane that has a name, such as {@code float8_e4m3fn} or {@code int4}. */
  public static DataType type(String name) {
    for (int code = 0; code <= DataType.Code.FLOAT4_E2M1FN; code++) {
      for (int bits : new int[] {2, 4, 6, 8, 16, 32, 64}) {
        DataType type = new DataType(code, bits, 1);
        boolean one = code < DataType.Code.FLOAT8_E3M4 || bits == smallFloatBits(code);
        if (one && type.toString().equals(name)) {
          return type;
        }
      }
    }
    throw new IllegalArgumentException("expected the name of a type but found " + name);
  }

  private static int smallFloatBits(int code) {
    return switch (code) {
      case DataType.Code.FLOAT4_E2M1FN -> 4;
      case DataType.Code.FLOAT6_E2M3FN, DataType.Code.FLOAT6_E3M2FN -> 6;
      default -> 8;
    };
  }
}
