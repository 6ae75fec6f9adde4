package org.dlpack4j.py4j;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.dlpack4j.internal.Packets;
import org.jspecify.annotations.Nullable;

/**
 * What is to be sent to a peer, in order. Of bounded length, as nothing is read from a peer while
 * something waits here. For the poll thread.
 */
final class Outbox implements AutoCloseable {

  /** A packet, and what keeps the descriptor open that goes with it. */
  private static final class Waiting {
    final byte[] packet;
    final PeerSegment.@Nullable Hold with;

    Waiting(byte[] packet, PeerSegment.@Nullable Hold with) {
      this.packet = packet;
      this.with = with;
    }
  }

  private static final int EAGAIN = Packets.EAGAIN;

  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private final Counters counters;

  Outbox(Counters counters) {
    this.counters = counters;
  }

  void add(List<byte[]> packets) {
    packets.forEach(packet -> add(packet, null));
  }

  /** The last of the packets comes with a descriptor, if there is one. */
  void add(List<byte[]> packets, PeerSegment.Hold with) {
    add(packets.subList(0, packets.size() - 1));
    add(packets.getLast(), with);
  }

  private void add(byte[] packet, PeerSegment.@Nullable Hold with) {
    waiting.add(new Waiting(packet, with));
    counters.pendingPackets.increment();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  int size() {
    return waiting.size();
  }

  /**
   * Sends as much as the socket takes.
   *
   * @return 0, also if something is left, or the error's number
   */
  int flush(int fd, Packets packets) {
    for (Waiting next = waiting.peek(); next != null; next = waiting.peek()) {
      int with = next.with == null ? -1 : next.with.descriptor();
      long sent = packets.send(fd, next.packet, with);
      if (sent == -EAGAIN) {
        return 0;
      }
      if (sent < 0) {
        return (int) -sent;
      }
      waiting.remove();
      counters.pendingPackets.decrement();
      if (next.with != null) {
        counters.segmentsSent.increment();
        next.with.close();
      }
    }
    return 0;
  }

  /** Forgets all of it. */
  @Override
  public void close() {
    counters.pendingPackets.add(-waiting.size());
    for (Waiting packet : waiting) {
      if (packet.with != null) {
        packet.with.close();
      }
    }
    waiting.clear();
  }
}
