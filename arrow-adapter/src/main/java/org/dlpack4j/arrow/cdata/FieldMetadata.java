package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.dlpack4j.internal.Memory.ALL;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/** A field's metadata as the C Data Interface has it: counted strings, one after the other. */
final class FieldMetadata {

  /** More than anybody's, so that nonsense is not followed for ever. */
  static final int MOST_BYTES = 16 << 20;

  private FieldMetadata() {}

  /** Empty if there is none. */
  static byte[] encode(Map<String, String> metadata) {
    if (metadata.isEmpty()) {
      return new byte[0];
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(number(metadata.size()));
    metadata.forEach(
        (key, value) -> {
          writeText(key, bytes);
          writeText(value, bytes);
        });
    return bytes.toByteArray();
  }

  private static void writeText(String text, ByteArrayOutputStream bytes) {
    byte[] encoded = text.getBytes(UTF_8);
    bytes.writeBytes(number(encoded.length));
    bytes.writeBytes(encoded);
  }

  private static byte[] number(int number) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(number).array();
  }

  /**
   * Reads what is at an address.
   *
   * @throws IllegalArgumentException if a number is impossible; the message is what was expected
   */
  static Map<String, String> decode(long address) {
    if (address == 0) {
      return Map.of();
    }
    Cursor cursor = new Cursor(address);
    int pairs = cursor.number();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (int i = 0; i < pairs; i++) {
      metadata.put(cursor.text(), cursor.text());
    }
    return metadata;
  }

  private static final class Cursor {
    private final long start;
    private long at;

    Cursor(long start) {
      this.start = start;
      this.at = start;
    }

    int number() {
      int number = ALL.get(JAVA_INT_UNALIGNED, at);
      at += Integer.BYTES;
      if (number < 0 || number > MOST_BYTES - (at - start)) {
        throw new IllegalArgumentException(
            "counts of 0 or more within " + MOST_BYTES + " bytes, and not " + number);
      }
      return number;
    }

    String text() {
      byte[] bytes = new byte[number()];
      MemorySegment.copy(ALL, JAVA_BYTE, at, bytes, 0, bytes.length);
      at += bytes.length;
      return new String(bytes, UTF_8);
    }
  }
}
