package org.dlpack4j.py4j;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.dlpack4j.Owner;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.dlpack4j.py4j.wire.Replies;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a peer has: segments that were sent to it, and a pool of its own. For the poll
 * thread, but for {@link #pool}.
 */
final class PeerMemory {

  private final Outbox outbox;
  private Map<Long, PeerSegment.Hold> sent = new HashMap<>();

  /** The peer's own, as peers must not see each other's memory. */
  private @Nullable SharedMemory pool;

  PeerMemory(Outbox outbox) {
    this.outbox = outbox;
  }

  /** Its pool; made by the first who asks, and they ask one after the other. */
  SharedMemory pool() {
    if (pool == null) {
      pool = SharedMemory.create(SharedMemoryOptions.DEFAULT.writableByPeers());
    }
    return pool;
  }

  /**
   * Tells of a segment, unless the peer has it.
   *
   * @param reference gives one more on what is in the segment
   */
  void send(int request, PeerSegment segment, Supplier<Owner> reference) {
    if (sent.containsKey(segment.id())) {
      return;
    }
    sent.put(segment.id(), segment.hold(reference));
    // A hold of its own: the peer may drop the segment while the packet waits.
    outbox.add(
        Replies.segment(
            request,
            segment.id(),
            segment.byteSize(),
            segment.kind(),
            segment.isWritable(),
            segment.extra()),
        segment.hold(reference));
  }

  /**
   * Forgets a segment that the peer has unmapped.
   *
   * @return false if the peer does not have it
   */
  boolean drop(long segment) {
    PeerSegment.Hold hold = sent.remove(segment);
    if (hold == null) {
      return false;
    }
    later(List.of(hold), null);
    return true;
  }

  /** Lets go of everything, but for the pool if another thread works for the peer. */
  void end(boolean andPool) {
    later(List.copyOf(sent.values()), andPool ? pool : null);
    sent = Map.of();
  }

  /** Lets go of the pool, when nobody works for the peer any more. */
  void endPool() {
    later(List.of(), pool);
  }

  /** Unmapping takes long, and other peers wait for this thread. */
  private static void later(List<PeerSegment.Hold> holds, @Nullable SharedMemory pool) {
    if (!holds.isEmpty() || pool != null) {
      Thread.ofVirtual()
          .name("dlpack4j-py4j-unmap")
          .inheritInheritableThreadLocals(false)
          .start(
              () -> {
                holds.forEach(PeerSegment.Hold::close);
                if (pool != null) {
                  pool.close();
                }
              });
    }
  }
}
