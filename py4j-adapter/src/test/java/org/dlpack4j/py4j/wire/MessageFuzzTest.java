package org.dlpack4j.py4j.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Any packets. Each is a message, a part of one, or a violation that says why; nothing else is
 * thrown, and no more memory is taken than bytes have come.
 */
class MessageFuzzTest {

  private static final int[] TYPES = {1, 3, 7, 8, 9, 9, 9, 9, 11, 13, 15, 0, 2, 16};

  @FuzzTest(maxDuration = "") // as long as the caller wants
  void everyPacketIsAMessageOrAViolation(FuzzedDataProvider data) {
    PacketJoiner joiner = new PacketJoiner();
    int packets = data.consumeInt(1, 4);
    try {
      for (int i = 0; i < packets; i++) {
        byte[] payload = i < packets - 1 ? data.consumeBytes(200) : data.consumeRemainingAsBytes();
        int type = TYPES[(payload.length == 0 ? 0 : payload[0] & 0xFF) % TYPES.length];
        int flags = i < packets - 1 ? 1 : 0;
        Optional<Message> message = joiner.add(packet(type, flags, payload));
        assertThat(message.isPresent()).isEqualTo(flags == 0);
        message.ifPresent(MessageFuzzTest::look);
      }
    } catch (ViolationException e) {
      assertThat(e.getMessage()).contains("expected", "found");
    }
  }

  private static ByteBuffer packet(int type, int flags, byte[] payload) {
    int skip = Math.min(payload.length, 1);
    ByteBuffer packet =
        ByteBuffer.allocate(8 + payload.length - skip).order(ByteOrder.LITTLE_ENDIAN);
    packet.putShort((short) type).putShort((short) flags).putInt(7);
    return packet.put(payload, skip, payload.length - skip).flip();
  }

  private static void look(Message message) {
    assertThat(message.toString()).isNotEmpty();
    if (message instanceof Message.Publish publish
        && publish.object() instanceof WireObject.Tensor tensor) {
      assertThat(tensor.layout().ndim()).isBetween(0, 255);
    }
  }
}
