package org.dlpack4j.py4j.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes the fields of a message. */
final class WireWriter {

  private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

  WireWriter u8(int value) {
    room(Byte.BYTES).put((byte) value);
    return this;
  }

  WireWriter u16(int value) {
    room(Short.BYTES).putShort((short) value);
    return this;
  }

  WireWriter i32(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  WireWriter i64(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  WireWriter bytes(byte[] value) {
    room(value.length).put(value);
    return this;
  }

  /**
   * A string.
   *
   * @throws IllegalArgumentException if it is too long
   */
  WireWriter string(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > Short.toUnsignedInt((short) -1)) {
      throw new IllegalArgumentException(
          "name: expected at most 65535 bytes of UTF-8 but found " + utf8.length);
    }
    return u16(utf8.length).bytes(utf8);
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /** The message in as few packets as it takes. */
  List<byte[]> packets(MessageType type, int request) {
    int room = PacketJoiner.MAX_PACKET - PacketJoiner.HEADER;
    int length = bytes.position();
    List<byte[]> packets = new ArrayList<>(1);
    int at = 0;
    do {
      int part = Math.min(room, length - at);
      ByteBuffer packet =
          ByteBuffer.allocate(PacketJoiner.HEADER + part).order(ByteOrder.LITTLE_ENDIAN);
      packet.putShort((short) type.code());
      packet.putShort((short) (at + part < length ? PacketJoiner.MORE : 0));
      packet.putInt(request).put(bytes.array(), at, part);
      packets.add(packet.array());
      at += part;
    } while (at < length);
    return packets;
  }

  private ByteBuffer room(int count) {
    if (bytes.remaining() < count) {
      int capacity = Math.max(2 * bytes.capacity(), bytes.position() + count);
      ByteBuffer larger = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
      bytes = larger.put(bytes.flip());
    }
    return bytes;
  }
}
