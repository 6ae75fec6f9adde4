package org.dlpack4j.py4j;

import java.util.List;
import java.util.Optional;
import org.dlpack4j.py4j.wire.PacketJoiner;

/** An object that is ready to have a name: whatever may fail is done. */
final class Draft {

  /** What else a message has. */
  private static final int AROUND = 2 * Long.BYTES;

  private final String name;
  private final PublishedObject object;
  private final long bytes;
  private final byte[] granted;
  private final Optional<byte[]> grantedWritable;
  private final List<PeerSegment> segments;

  private Draft(
      String name, Placement placement, byte[] granted, Optional<byte[]> grantedWritable) {
    this.name = name;
    this.object = placement.object();
    this.bytes = object.bytes();
    this.granted = granted;
    this.grantedWritable = grantedWritable;
    this.segments = placement.segments(); // all of them, once the object was written
  }

  /**
   * Drafts an object.
   *
   * @throws IllegalArgumentException if it cannot be told to a peer
   */
  static Draft of(String name, Placement placement) {
    byte[] granted = placement.write(true);
    if (granted.length > PacketJoiner.MAX_MESSAGE - AROUND) {
      throw new IllegalArgumentException(
          "%s: expected a description of at most %d bytes but found %d; publish it in parts"
              .formatted(name, PacketJoiner.MAX_MESSAGE - AROUND, granted.length));
    }
    Optional<byte[]> writable =
        placement.isWritable() ? Optional.of(placement.write(false)) : Optional.empty();
    return new Draft(name, placement, granted, writable);
  }

  /** The name that it is to have. */
  String name() {
    return name;
  }

  /** The object, over memory in segments. */
  PublishedObject object() {
    return object;
  }

  /** How large it is. */
  long bytes() {
    return bytes;
  }

  /** What a peer is told that reads. */
  byte[] granted() {
    return granted;
  }

  /** What a peer is told that writes; empty if none may. */
  Optional<byte[]> grantedWritable() {
    return grantedWritable;
  }

  /** The segments that a peer needs. */
  List<PeerSegment> segments() {
    return segments;
  }
}
