package org.dlpack4j.py4j;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlpack4j.internal.EventPoll;
import org.dlpack4j.internal.Packets;
import org.dlpack4j.internal.SystemCalls;
import org.dlpack4j.py4j.wire.ViolationException;
import org.jspecify.annotations.Nullable;

/**
 * All peers: what they are told, and how they end. For the poll thread, but for what is asked about
 * them.
 */
final class Sessions {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.py4j");

  /** Two tokens for each session, from this on: its socket's, its process's. */
  private static final long TOKENS = 2;

  private final Map<Long, Session> sessions = new ConcurrentHashMap<>();
  private final EventPoll poll;
  private final Packets packets;
  private final Counters counters;
  private final Deadlines deadlines;

  Sessions(EventPoll poll, Packets packets, Limits limits, Counters counters) {
    this.poll = poll;
    this.packets = packets;
    this.counters = counters;
    this.deadlines = new Deadlines(limits);
  }

  int count() {
    return sessions.size();
  }

  /** Those that have said who they are. */
  long openCount() {
    return sessions.values().stream().filter(Session::isOpen).count();
  }

  int leaseCount() {
    return sessions.values().stream().mapToInt(Session::leaseCount).sum();
  }

  List<Lease> leases() {
    List<Lease> all = new ArrayList<>();
    sessions.values().forEach(session -> all.addAll(session.leases()));
    return all;
  }

  boolean isAlive(long session) {
    return sessions.containsKey(session);
  }

  void add(Session session) {
    sessions.put(session.id(), session);
    deadlines.update(session);
    poll.add(session.fd(), EventPoll.IN, session.id() * TOKENS);
    if (session.pidfd() >= 0) {
      poll.add(session.pidfd(), EventPoll.IN, session.id() * TOKENS + 1);
    }
  }

  /** Whose token that is; null if it ended by what came before in the same round. */
  @Nullable Session of(long token) {
    return sessions.get(token / TOKENS);
  }

  /** Whether that is the token of a process, which has ended, and not of a socket. */
  static boolean isOfProcess(long token) {
    return token % TOKENS == 1;
  }

  /** How many have not said who they are. */
  long unopened() {
    return deadlines.unopened();
  }

  /** How long until the time of one of them runs out; -1 for ever. */
  int timeoutMillis() {
    return deadlines.timeoutMillis();
  }

  // What they are told

  /** Tells all of them that what they have fetched may be out of date. */
  void retire(long generation) {
    for (Session session : List.copyOf(sessions.values())) {
      session.retire(generation);
      flush(session);
    }
  }

  /** Sends what there is to send, and polls for what the session waits for from now on. */
  void flush(Session session) {
    if (session.isDead()) {
      return;
    }
    session.addRetirement();
    int error = session.outbox().flush(session.fd(), packets);
    if (error != 0) {
      end(session, "it cannot be told anything: error " + error);
      return;
    }
    deadlines.update(session);
    if (session.changesInterest()) {
      poll.modify(session.fd(), session.interest(), session.id() * TOKENS);
    }
  }

  // How they end

  /** Ends those whose time has run out. */
  void expire() {
    deadlines.expired().forEach(this::expire);
  }

  private void expire(Session session) {
    if (session.isNew()) {
      counters.refusedConnections.increment();
    }
    end(session, session.isNew() ? "it did not say who it is" : "it does not read");
  }

  /** Ends one that has broken the protocol. */
  void violation(Session session, ViolationException e) {
    // Whoever was let in is a program to be mended; anybody can knock.
    (session.isNew() ? counters.refusedConnections : counters.violations).increment();
    LOGGER.log(
        session.isNew() ? Level.DEBUG : Level.WARNING,
        "session %d, process %d: dropped: %s"
            .formatted(session.id(), session.pid(), e.getMessage()));
    end(session, "it broke the protocol: " + e.getMessage());
  }

  /** Ends one for which something has failed here. */
  void failed(Session session, Throwable e) {
    LOGGER.log(Level.WARNING, "session %d: dropped".formatted(session.id()), e);
    end(session, "of a failure here: " + e);
  }

  /** Ends one, if it has not ended before. */
  void end(Session session, String why) {
    int held = session.end(why);
    if (held < 0) {
      return;
    }
    sessions.remove(session.id());
    deadlines.remove(session);
    SystemCalls.close(session.fd());
    if (session.pidfd() >= 0) {
      SystemCalls.close(session.pidfd());
    }
    LOGGER.log(
        Level.DEBUG,
        "session %d, process %d: ended, as %s; it held %d leases"
            .formatted(session.id(), session.pid(), why, held));
  }

  /** Ends all of them. */
  void endAll(String why) {
    List.copyOf(sessions.values()).forEach(session -> end(session, why));
  }
}
