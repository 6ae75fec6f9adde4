package org.dlpack4j.py4j.wire;

import java.util.List;

/** What this JVM says to peers, as packets. */
public final class Replies {

  /** Why a request was refused. */
  public enum Reason {
    NO_SUCH_NAME(1),
    READ_ONLY(2),
    NO_MEMORY(3),
    INVALID(4),
    CLOSING(5),
    NOT_YOURS(6),
    TOO_LARGE(7),
    UNSUPPORTED(8);

    private final int code;

    Reason(int code) {
      this.code = code;
    }

    /** The number on the wire. */
    public int code() {
      return code;
    }
  }

  /** What a segment is. */
  public enum SegmentKind {
    FILE(0),
    CUDA_DESCRIPTOR(1),
    CUDA_HANDLE(2);

    private final int code;

    SegmentKind(int code) {
      this.code = code;
    }
  }

  /**
   * A name that there is.
   *
   * @param name of an object
   * @param generation when it was published
   * @param bytes how large it is
   */
  public record Entry(String name, long generation, long bytes) {}

  private static final int MAX_MESSAGE_CHARACTERS = 2000;

  private Replies() {}

  /** The answer to the first message. */
  public static List<byte[]> welcome(int request, long session, long generation) {
    return new WireWriter()
        .i32(MessageParser.VERSION)
        .i64(session)
        .i64(generation)
        .packets(MessageType.WELCOME, request);
  }

  /** An object, as {@link ObjectWriter} has written it. */
  public static List<byte[]> grant(int request, long lease, long generation, byte[] object) {
    return new WireWriter()
        .i64(lease)
        .i64(generation)
        .bytes(object)
        .packets(MessageType.GRANT, request);
  }

  /** Memory; its descriptor goes with the packet, if it has one. */
  public static List<byte[]> segment(
      int request, long segment, long bytes, SegmentKind kind, boolean writable, String extra) {
    return new WireWriter()
        .i64(segment)
        .i64(bytes)
        .u8(kind.code)
        .u8(writable ? 1 : 0)
        .string(extra)
        .packets(MessageType.SEGMENT, request);
  }

  /** A refusal. */
  public static List<byte[]> refused(int request, Reason reason, String message) {
    String text =
        message.length() <= MAX_MESSAGE_CHARACTERS
            ? message
            : message.substring(0, MAX_MESSAGE_CHARACTERS) + "…";
    return new WireWriter().u16(reason.code()).string(text).packets(MessageType.REFUSED, request);
  }

  /** That something was done. */
  public static List<byte[]> ok(int request, long generation) {
    return new WireWriter().i64(generation).packets(MessageType.OK, request);
  }

  /** That what was fetched before may be out of date. */
  public static List<byte[]> retire(long generation) {
    return new WireWriter().i64(generation).packets(MessageType.RETIRE, 0);
  }

  /** All names. */
  public static List<byte[]> names(int request, List<Entry> entries) {
    WireWriter out = new WireWriter().i32(entries.size());
    for (Entry entry : entries) {
      out.string(entry.name()).i64(entry.generation()).i64(entry.bytes());
    }
    return out.packets(MessageType.NAMES, request);
  }
}
