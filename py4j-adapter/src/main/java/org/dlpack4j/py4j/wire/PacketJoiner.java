package org.dlpack4j.py4j.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.dlpack4j.py4j.wire.ViolationException.Code;
import org.jspecify.annotations.Nullable;

/** Makes messages of a peer's packets: one of each, or of several that follow one another. */
public final class PacketJoiner {

  /** The most bytes of a packet, header included. */
  public static final int MAX_PACKET = 1 << 16;

  /** The most bytes of a message, headers excluded. */
  public static final int MAX_MESSAGE = 16 << 20;

  static final int HEADER = 8;
  static final int MORE = 1;

  private int type;
  private int request;

  /** Of the packets so far, if more are to come. */
  private @Nullable ByteArrayOutputStream payload;

  /**
   * Takes the next packet.
   *
   * @param packet its bytes, little endian
   * @return the message that it is the end of; empty if more packets have to come
   * @throws ViolationException if it is no packet of a peer's, or not the one that had to come
   */
  public Optional<Message> add(ByteBuffer packet) throws ViolationException {
    if (packet.remaining() < HEADER || packet.remaining() > MAX_PACKET) {
      throw new ViolationException(
          Code.LENGTH,
          "packet: expected %d to %d bytes but found %d"
              .formatted(HEADER, MAX_PACKET, packet.remaining()));
    }
    int nextType = Short.toUnsignedInt(packet.getShort());
    int flags = Short.toUnsignedInt(packet.getShort());
    int nextRequest = packet.getInt();
    if ((flags & ~MORE) != 0) {
      throw WireReader.value("packet flags", "0 or 1", Integer.toString(flags));
    }
    requireSame(nextType, nextRequest);
    type = nextType;
    request = nextRequest;
    byte[] bytes = new byte[packet.remaining()];
    packet.get(bytes);
    return (flags & MORE) == 0
        ? Optional.of(MessageParser.parse(type, request, joined(bytes)))
        : keep(bytes);
  }

  private void requireSame(int nextType, int nextRequest) throws ViolationException {
    if (payload != null && (nextType != type || nextRequest != request)) {
      throw new ViolationException(
          Code.ORDER,
          "packet: expected more of message %d, request %d, but found %d, request %d"
              .formatted(type, request, nextType, nextRequest));
    }
    if (MessageType.fromPeer(nextType) == null) {
      throw new ViolationException(
          Code.TYPE, "type: expected a message that peers send but found " + nextType);
    }
  }

  private byte[] joined(byte[] last) throws ViolationException {
    if (payload == null) {
      return last;
    }
    ByteArrayOutputStream all = append(payload, last);
    payload = null;
    return all.toByteArray();
  }

  private Optional<Message> keep(byte[] bytes) throws ViolationException {
    payload = append(payload == null ? new ByteArrayOutputStream() : payload, bytes);
    return Optional.empty();
  }

  private static ByteArrayOutputStream append(ByteArrayOutputStream all, byte[] bytes)
      throws ViolationException {
    if (bytes.length == 0 || all.size() + bytes.length > MAX_MESSAGE) {
      throw new ViolationException(
          Code.LENGTH,
          "message: expected parts of at least a byte, %d in all, but found %d after %d"
              .formatted(MAX_MESSAGE, bytes.length, all.size()));
    }
    all.writeBytes(bytes);
    return all;
  }
}
