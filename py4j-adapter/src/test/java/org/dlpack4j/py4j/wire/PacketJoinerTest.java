package org.dlpack4j.py4j.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacketJoinerTest {

  private final PacketJoiner joiner = new PacketJoiner();

  private static ByteBuffer packet(int type, int flags, int request, byte... payload) {
    ByteBuffer packet = ByteBuffer.allocate(8 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    packet.putShort((short) type).putShort((short) flags).putInt(request).put(payload);
    return packet.flip();
  }

  @Test
  void aPacketIsAMessage() throws ViolationException {
    assertThat(joiner.add(packet(13, 0, 5))).contains(new Message.ListNames(5));
    assertThat(joiner.add(packet(13, 0, 6))).contains(new Message.ListNames(6));
  }

  @Test
  void severalPacketsAreAMessage() throws ViolationException {
    assertThat(joiner.add(packet(15, 1, 5, (byte) 2))).isEmpty();
    assertThat(joiner.add(packet(15, 1, 5, (byte) 0, (byte) 'h'))).isEmpty();
    assertThat(joiner.add(packet(15, 0, 5, (byte) 'i'))).contains(new Message.Remove(5, "hi"));
    assertThat(joiner.add(packet(13, 0, 6))).contains(new Message.ListNames(6));
  }

  @Test
  void whatIsWrittenInPacketsIsJoined() throws ViolationException {
    WireWriter release = new WireWriter().i32(50_000);
    for (int i = 0; i < 50_000; i++) {
      release.i64(i);
    }
    List<byte[]> packets = release.packets(MessageType.RELEASE, 0);
    assertThat(packets).hasSize(7).allMatch(packet -> packet.length <= PacketJoiner.MAX_PACKET);
    for (byte[] packet : packets.subList(0, 6)) {
      assertThat(joiner.add(ByteBuffer.wrap(packet).order(ByteOrder.LITTLE_ENDIAN))).isEmpty();
    }
    ByteBuffer last = ByteBuffer.wrap(packets.getLast()).order(ByteOrder.LITTLE_ENDIAN);
    Message.Release message = (Message.Release) joiner.add(last).orElseThrow();
    assertThat(message.leases()).hasSize(50_000).endsWith(49_998L, 49_999L);
  }

  @Test
  void refusesAnotherMessageInTheMiddle() throws ViolationException {
    joiner.add(packet(15, 1, 5, (byte) 2));
    assertThatThrownBy(() -> joiner.add(packet(15, 0, 6, (byte) 2)))
        .hasMessage("packet: expected more of message 15, request 5, but found 15, request 6");
  }

  @Test
  void refusesPartsOfNothing() {
    assertThatThrownBy(() -> joiner.add(packet(15, 1, 5)))
        .isInstanceOf(ViolationException.class)
        .hasMessageContaining("parts of at least a byte");
  }

  @Test
  void refusesMessagesThatAreTooLong() throws ViolationException {
    byte[] part = new byte[65_528];
    for (int i = 0; i < 256; i++) {
      joiner.add(packet(15, 1, 5, part));
    }
    assertThatThrownBy(() -> joiner.add(packet(15, 1, 5, part)))
        .hasMessageContaining("16777216 in all");
  }

  @Test
  void refusesPacketsThatAreNone() {
    assertThatThrownBy(() -> joiner.add(ByteBuffer.allocate(7)))
        .hasMessage("packet: expected 8 to 65536 bytes but found 7");
    assertThatThrownBy(() -> joiner.add(packet(13, 2, 5)))
        .hasMessage("packet flags: expected 0 or 1 but found 2");
    assertThatThrownBy(() -> joiner.add(packet(2, 1, 5, (byte) 1)))
        .hasMessageContaining("expected a message that peers send but found 2");
  }
}
