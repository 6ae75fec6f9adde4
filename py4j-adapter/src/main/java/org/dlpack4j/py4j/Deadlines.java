package org.dlpack4j.py4j;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The sessions whose time can run out: new ones, and those that leave something unread. For the
 * poll thread.
 */
final class Deadlines {

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Limits limits;
  private final Set<Session> sessions = new HashSet<>();

  Deadlines(Limits limits) {
    this.limits = limits;
  }

  /** Looks at what a session waits for now. */
  void update(Session session) {
    boolean blocked = !session.outbox().isEmpty();
    boolean wasBlocked = sessions.contains(session) && !session.isNew();
    if (blocked && !wasBlocked) {
      session.setSince(System.nanoTime());
    }
    if (blocked || session.isNew()) {
      sessions.add(session);
    } else {
      sessions.remove(session);
    }
  }

  void remove(Session session) {
    sessions.remove(session);
  }

  /** How many have not said who they are. */
  long unopened() {
    return sessions.stream().filter(Session::isNew).count();
  }

  /** Those whose time has run out. */
  List<Session> expired() {
    if (sessions.isEmpty()) {
      return List.of();
    }
    long now = System.nanoTime();
    return sessions.stream().filter(session -> now - end(session) >= 0).toList();
  }

  /** How long to wait at most for something to happen; -1 for ever. */
  int timeoutMillis() {
    if (sessions.isEmpty()) {
      return -1;
    }
    long now = System.nanoTime();
    long least = sessions.stream().mapToLong(session -> end(session) - now).min().orElse(0);
    return Math.clamp(least / NANOS_PER_MILLI + 1, 0, Integer.MAX_VALUE);
  }

  private long end(Session session) {
    return session.since() + (session.isNew() ? limits.hello() : limits.send()).toNanos();
  }
}
