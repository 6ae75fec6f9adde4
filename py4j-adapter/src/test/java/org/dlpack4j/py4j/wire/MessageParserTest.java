package org.dlpack4j.py4j.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.py4j.wire.ViolationException.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageParserTest {

  private static final WireObject.Tensor TENSOR =
      new WireObject.Tensor(
          7,
          64,
          new DataType(DataType.Code.BFLOAT, 16, 2),
          new Device(2, 1),
          TensorLayout.strided(new long[] {2, 3}, new long[] {3, 1}),
          WireObject.Tensor.READ_ONLY | WireObject.Tensor.IS_SUBBYTE_TYPE_PADDED);

  private static WireWriter writer() {
    return new WireWriter();
  }

  private static WireWriter tensor(WireWriter out) {
    return out.i64(7)
        .i64(64)
        .i32(2)
        .i32(1)
        .u8(4)
        .u8(16)
        .u16(2)
        .u8(5)
        .u8(2)
        .i64(2)
        .i64(3)
        .i64(3)
        .i64(1);
  }

  static Stream<Arguments> messages() {
    return Stream.of(
        Arguments.of(
            1,
            writer()
                .i32(1)
                .bytes("0123456789abcdef".getBytes(StandardCharsets.US_ASCII))
                .string("py"),
            new Message.Hello(9, 1, new Token(0x3031323334353637L, 0x3839616263646566L), "py")),
        Arguments.of(3, writer().u8(1).string("n"), new Message.Fetch(9, true, "n")),
        Arguments.of(3, writer().u8(0).string(""), new Message.Fetch(9, false, "")),
        Arguments.of(7, writer().i32(2).i64(4).i64(-1), new Message.Release(List.of(4L, -1L))),
        Arguments.of(7, writer().i32(0), new Message.Release(List.of())),
        Arguments.of(8, writer().i64(-5), new Message.Alloc(9, -5)),
        Arguments.of(
            16,
            writer().i64(-5).bytes("0123456789abcdef".getBytes(StandardCharsets.US_ASCII)),
            new Message.AllocOn(9, -5, new UUID(0x3031323334353637L, 0x3839616263646566L))),
        Arguments.of(
            9, tensor(writer().i64(3).string("x").u8(0)), new Message.Publish(9, 3, "x", TENSOR)),
        Arguments.of(
            9,
            tensor(
                    writer()
                        .i64(3)
                        .string("x")
                        .u8(1)
                        .string("c")
                        .string("+r")
                        .u8(1)
                        .i64(4)
                        .u8(25)
                        .i64(6)
                        .bytes(tensor(writer()).toBytes())
                        .u8(3))
                .u16(0),
            new Message.Publish(
                9,
                3,
                "x",
                new WireObject.Column(
                    "c",
                    "+r",
                    true,
                    4,
                    OptionalLong.of(6),
                    TENSOR,
                    null,
                    null,
                    TENSOR,
                    3,
                    List.of()))),
        Arguments.of(
            9,
            writer().i64(3).string("x").u8(2).i64(5).i32(0),
            new Message.Publish(9, 3, "x", new WireObject.Table(5, List.of()))),
        Arguments.of(11, writer().i64(8), new Message.Drop(8)),
        Arguments.of(13, writer(), new Message.ListNames(9)),
        Arguments.of(15, writer().string("ü"), new Message.Remove(9, "ü")));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void parsesEveryMessageOfAPeer(int type, WireWriter payload, Message expected)
      throws ViolationException {
    assertThat(MessageParser.parse(type, 9, payload.toBytes())).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesEveryMessageThatIsCutOffAnywhere(int type, WireWriter payload, Message expected) {
    byte[] bytes = payload.toBytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      ViolationException violation = violation(type, part);
      assertThat(violation.code()).as("%d bytes", length).isEqualTo(Code.LENGTH);
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesEveryMessageThatGoesOn(int type, WireWriter payload, Message expected) {
    ViolationException violation = violation(type, payload.u8(0).toBytes());
    assertThat(violation.code()).isEqualTo(Code.LENGTH);
    assertThat(violation).hasMessageContaining("expected its end but found 1 bytes more");
  }

  static Stream<Arguments> wrongValues() {
    return Stream.of(
        Arguments.of(3, writer().u8(2).string("n"), "fetch flags: expected no bits but 0x1"),
        Arguments.of(3, writer().u8(0).u16(1).u8(0xFF), "fetch name: expected UTF-8"),
        Arguments.of(
            9, writer().i64(1).string("x").u8(3), "object kind: expected 0, 1 or 2 but found 3"),
        Arguments.of(
            9,
            writer().i64(1).string("x").u8(1).string("c").string("i").u8(2),
            "column nullable: expected no bits but 0x1 but found 0x2"),
        Arguments.of(
            9,
            writer().i64(1).string("x").u8(1).string("c").string("i").u8(0).i64(1).u8(32),
            "column parts"),
        Arguments.of(
            9,
            writer()
                .i64(1)
                .string("x")
                .u8(0)
                .i64(1)
                .i64(0)
                .i32(1)
                .i32(0)
                .u8(0)
                .u8(8)
                .u16(1)
                .u8(0)
                .u8(1)
                .i64(-1)
                .i64(1),
            "tensor"));
  }

  @ParameterizedTest
  @MethodSource("wrongValues")
  void saysWhichFieldCannotBe(int type, WireWriter payload, String message) {
    ViolationException violation = violation(type, payload.toBytes());
    assertThat(violation.code()).isEqualTo(Code.VALUE);
    assertThat(violation).hasMessageContaining(message);
  }

  @Test
  void refusesChildrenWithoutEnd() {
    WireWriter deep = writer().i64(1).string("x").u8(1);
    for (int i = 0; i < 1000; i++) {
      deep.string("c").string("+s").u8(0).i64(1).u8(0).u16(1);
    }
    assertThat(violation(9, deep.toBytes())).hasMessageContaining("at most 64 levels");
  }

  @Test
  void refusesCountsWithoutTheirBytesBeforeMakingRoomForThem() {
    WireWriter table = writer().i64(1).string("x").u8(2).i64(1).i32(Integer.MAX_VALUE);
    assertThat(violation(9, table.toBytes()).code()).isEqualTo(Code.LENGTH);
    assertThat(violation(7, writer().i32(-1).toBytes()))
        .hasMessageContaining("for each of 4294967295 but found 0 bytes");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 4, 5, 6, 10, 12, 14, 17, 65_535})
  void refusesTypesThatAreNotAPeers(int type) {
    assertThat(violation(type, new byte[100]).code()).isEqualTo(Code.TYPE);
  }

  private static ViolationException violation(int type, byte[] payload) {
    return catchThrowableOfType(
        ViolationException.class, () -> MessageParser.parse(type, 9, payload));
  }
}
