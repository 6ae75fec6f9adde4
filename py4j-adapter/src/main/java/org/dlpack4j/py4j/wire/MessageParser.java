package org.dlpack4j.py4j.wire;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.stream.LongStream;
import org.dlpack4j.py4j.wire.ViolationException.Code;

/** What a peer's message says. */
public final class MessageParser {

  /** The version that this JVM speaks. */
  public static final int VERSION = 1;

  private static final int WRITABLE = 1;
  private static final int UUID_BYTES = 16;

  private MessageParser() {}

  /**
   * Parses a message.
   *
   * @param type its number
   * @param request the number of its answer
   * @param payload everything after the header, of all its packets
   * @return the message; what it says of objects is not checked but for being possible
   * @throws ViolationException if it is none
   */
  public static Message parse(int type, int request, byte[] payload) throws ViolationException {
    MessageType known = MessageType.fromPeer(type);
    if (known == null) {
      throw new ViolationException(
          Code.TYPE, "type: expected a message that peers send but found " + type);
    }
    WireReader in = new WireReader(payload);
    Message message =
        switch (known) {
          case HELLO -> hello(request, in);
          case FETCH ->
              new Message.Fetch(
                  request, in.bits("fetch flags", WRITABLE) != 0, in.string("fetch name"));
          case RELEASE -> release(in);
          case ALLOC -> new Message.Alloc(request, in.i64("alloc bytes"));
          case ALLOC_ON -> allocOn(request, in);
          case PUBLISH ->
              new Message.Publish(
                  request,
                  in.i64("publish allocation"),
                  in.string("publish name"),
                  new ObjectReader(in).read());
          case DROP -> new Message.Drop(in.i64("drop segment"));
          case LIST -> new Message.ListNames(request);
          case REMOVE -> new Message.Remove(request, in.string("remove name"));
          default -> throw new AssertionError(known + " is not a peer's");
        };
    in.requireEnd(known);
    return message;
  }

  private static Message hello(int request, WireReader in) throws ViolationException {
    return new Message.Hello(
        request,
        in.u32("hello version"),
        Token.of(in.bytes("hello token", Token.BYTES)),
        in.string("hello client"));
  }

  private static Message allocOn(int request, WireReader in) throws ViolationException {
    long bytes = in.i64("alloc bytes");
    ByteBuffer uuid = ByteBuffer.wrap(in.bytes("alloc device", UUID_BYTES));
    return new Message.AllocOn(request, bytes, new UUID(uuid.getLong(), uuid.getLong()));
  }

  private static Message release(WireReader in) throws ViolationException {
    int count = in.count("release leases", in.u32("release count"), Long.BYTES);
    return new Message.Release(LongStream.of(in.i64s("release leases", count)).boxed().toList());
  }
}
