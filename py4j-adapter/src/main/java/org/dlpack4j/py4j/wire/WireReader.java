package org.dlpack4j.py4j.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.dlpack4j.py4j.wire.ViolationException.Code;

/** Reads fields of a message, none beyond its end. */
final class WireReader {

  private final ByteBuffer bytes;

  WireReader(byte[] payload) {
    this.bytes = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
  }

  int u8(String field) throws ViolationException {
    require(field, Byte.BYTES);
    return Byte.toUnsignedInt(bytes.get());
  }

  int u16(String field) throws ViolationException {
    require(field, Short.BYTES);
    return Short.toUnsignedInt(bytes.getShort());
  }

  int i32(String field) throws ViolationException {
    require(field, Integer.BYTES);
    return bytes.getInt();
  }

  long u32(String field) throws ViolationException {
    return Integer.toUnsignedLong(i32(field));
  }

  long i64(String field) throws ViolationException {
    require(field, Long.BYTES);
    return bytes.getLong();
  }

  long[] i64s(String field, int count) throws ViolationException {
    require(field, (long) count * Long.BYTES);
    long[] numbers = new long[count];
    bytes.asLongBuffer().get(numbers);
    bytes.position(bytes.position() + count * Long.BYTES);
    return numbers;
  }

  byte[] bytes(String field, int count) throws ViolationException {
    require(field, count);
    byte[] copy = new byte[count];
    bytes.get(copy);
    return copy;
  }

  /** One of the values that a field of bits may have. */
  int bits(String field, int allowed) throws ViolationException {
    int found = u8(field);
    if ((found & ~allowed) != 0) {
      throw value(field, "no bits but 0x%x".formatted(allowed), "0x%x".formatted(found));
    }
    return found;
  }

  String string(String field) throws ViolationException {
    byte[] utf8 = bytes(field, u16(field));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw value(field, "UTF-8", utf8.length + " other bytes");
    }
  }

  /** A number of things, each of which takes at least so many bytes. */
  int count(String field, long claimed, int leastBytes) throws ViolationException {
    if (claimed > bytes.remaining() / leastBytes) {
      throw new ViolationException(
          Code.LENGTH,
          "%s: expected at least %d bytes for each of %d but found %d bytes in all"
              .formatted(field, leastBytes, claimed, bytes.remaining()));
    }
    return (int) claimed;
  }

  void requireEnd(MessageType type) throws ViolationException {
    if (bytes.hasRemaining()) {
      throw new ViolationException(
          Code.LENGTH,
          "%s: expected its end but found %d bytes more".formatted(type, bytes.remaining()));
    }
  }

  private void require(String field, long count) throws ViolationException {
    if (bytes.remaining() < count) {
      throw new ViolationException(
          Code.LENGTH,
          "%s: expected %d bytes but found %d".formatted(field, count, bytes.remaining()));
    }
  }

  static ViolationException value(String field, String expected, String found) {
    return new ViolationException(
        Code.VALUE, "%s: expected %s but found %s".formatted(field, expected, found));
  }
}
