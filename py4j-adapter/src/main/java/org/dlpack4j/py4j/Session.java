package org.dlpack4j.py4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlpack4j.internal.EventPoll;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.UnixSockets;
import org.dlpack4j.py4j.wire.PacketJoiner;
import org.dlpack4j.py4j.wire.Replies;
import org.dlpack4j.py4j.wire.Replies.Reason;
import org.jspecify.annotations.Nullable;

/**
 * A peer: what it holds, and what it is to be told. New until it has said who it is, then open,
 * then dead, which is final. For the poll thread, but for {@link #leases}.
 */
final class Session {

  private enum State {
    NEW,
    OPEN,
    DEAD
  }

  private final long id;
  private final int fd;
  private final int pidfd;
  private final UnixSockets.Peer peer;
  private final Outbox outbox;
  private final PeerMemory memory;
  private final PacketJoiner joiner = new PacketJoiner();

  /** Swapped out by death, so that each is released once. */
  private volatile Map<Long, HeldLease> leases = new ConcurrentHashMap<>();

  private State state = State.NEW;

  /** Since it is new, or since it has left something unread. */
  private long since = System.nanoTime();

  /** What is polled for; all sessions begin with being read. */
  private int polled = EventPoll.IN;

  private boolean working;
  private long lentBytes;
  private long retiring;

  /** What Flight Recorder is told in the end; without it, its class cannot be named here. */
  private @Nullable Object event;

  Session(long id, int fd, int pidfd, UnixSockets.Peer peer, Counters counters) {
    this.id = id;
    this.fd = fd;
    this.pidfd = pidfd;
    this.peer = peer;
    this.outbox = new Outbox(counters);
    this.memory = new PeerMemory(outbox);
  }

  long id() {
    return id;
  }

  int fd() {
    return fd;
  }

  int pidfd() {
    return pidfd;
  }

  int pid() {
    return peer.pid();
  }

  Outbox outbox() {
    return outbox;
  }

  PacketJoiner joiner() {
    return joiner;
  }

  boolean isNew() {
    return state == State.NEW;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  boolean isDead() {
    return state == State.DEAD;
  }

  /** The peer has said who it is. */
  void open(String client) {
    state = State.OPEN;
    if (Flight.AVAILABLE) {
      event = SessionEvent.begun(id, pid(), client);
    }
  }

  /** Whether something is being done for the peer on another thread. */
  boolean isWorking() {
    return working;
  }

  void setWorking(boolean now) {
    working = now;
  }

  /** Whether its messages may be read: not while it waits, and not while we wait for it. */
  boolean isReading() {
    return !isDead() && !working && outbox.isEmpty();
  }

  /** What to poll for from now on. */
  int interest() {
    return !outbox.isEmpty() ? EventPoll.OUT : isReading() ? EventPoll.IN : 0;
  }

  /** Whether that is something else than at the last call. */
  boolean changesInterest() {
    int before = polled;
    polled = interest();
    return polled != before;
  }

  long since() {
    return since;
  }

  void setSince(long now) {
    since = now;
  }

  /** Answers a request with a refusal. */
  void refuse(int request, Reason reason, String message) {
    if (!isDead()) {
      outbox.add(Replies.refused(request, reason, message));
    }
  }

  /** Has the peer told of a generation, as soon as there is room for it. */
  void retire(long generation) {
    retiring = Math.max(retiring, generation);
    addRetirement();
  }

  /** One message for all generations that came while there was no room. */
  void addRetirement() {
    if (retiring != 0 && isOpen() && outbox.isEmpty()) {
      outbox.add(Replies.retire(retiring));
      retiring = 0;
    }
  }

  PeerMemory memory() {
    return memory;
  }

  long lentBytes() {
    return lentBytes;
  }

  int leaseCount() {
    return leases.size();
  }

  /** What it holds now; any thread. */
  List<Lease> leases() {
    List<Lease> now = new ArrayList<>();
    leases.forEach((lease, held) -> now.add(held.describe(lease, pid())));
    return now;
  }

  @Nullable HeldLease lease(long lease) {
    return leases.get(lease);
  }

  void addLease(long lease, HeldLease held) {
    leases.put(lease, held);
    if (held instanceof HeldLease.OfMemory memory) {
      lentBytes += memory.bytes();
    }
    report(lease, held, true);
  }

  /**
   * Gives a lease back.
   *
   * @return false if there is none
   */
  boolean release(long lease) {
    HeldLease held = leases.remove(lease);
    if (held == null) {
      return false;
    }
    if (held instanceof HeldLease.OfMemory memory) {
      lentBytes -= memory.bytes();
    }
    report(lease, held, false);
    held.release();
    return true;
  }

  private void report(long lease, HeldLease held, boolean granted) {
    if (Flight.AVAILABLE && LeaseEvent.isOn()) {
      LeaseEvent.report(held.describe(lease, pid()), granted);
    }
  }

  /**
   * Ends the session: everything that the peer held is given back, once.
   *
   * @return how many leases these were; -1 if it was dead before
   */
  int end(String why) {
    if (isDead()) {
      return -1;
    }
    state = State.DEAD;
    outbox.close();
    Map<Long, HeldLease> held = leases;
    leases = Map.of();
    held.forEach((lease, what) -> report(lease, what, false));
    held.values().forEach(HeldLease::release);
    memory.end(!working);
    if (Flight.AVAILABLE && event instanceof SessionEvent begun) {
      begun.end(why, held.size());
    }
    return held.size();
  }

  /** Whoever works for a session that has died meanwhile closes its pool. */
  void endWork() {
    working = false;
    if (isDead()) {
      memory.endPool();
    }
  }
}
