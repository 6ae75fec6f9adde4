package org.dlpack4j.py4j;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.dlpack4j.internal.EventPoll;
import org.dlpack4j.internal.SystemCalls;
import org.dlpack4j.internal.UnixSockets;

/** Who may come in, before anybody has said anything. For the poll thread. */
final class Door implements AutoCloseable {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.py4j");

  private static final int MANY = 64;
  private static final int ESRCH = 3;
  private static final int ENFILE = 23;
  private static final int EMFILE = 24;

  private final Listener listener;
  private final EventPoll poll;
  private final long token;
  private final Limits limits;
  private final Counters counters;
  private final Predicate<UnixSockets.Peer> welcome;
  private long nextSession = 1;
  private long restUntil;
  private boolean resting;

  /** One that is open. */
  Door(
      Listener listener,
      EventPoll poll,
      long token,
      Limits limits,
      Counters counters,
      Predicate<UnixSockets.Peer> welcome) {
    this.listener = listener;
    this.poll = poll;
    this.token = token;
    this.limits = limits;
    this.counters = counters;
    this.welcome = welcome;
    poll.add(listener.fd(), EventPoll.IN, token);
  }

  /**
   * Accepts those who wait.
   *
   * @param room how many can be let in
   * @return new sessions
   */
  List<Session> accept(long room) {
    List<Session> accepted = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      long fd = UnixSockets.accept(listener.fd());
      if (fd == -EMFILE || fd == -ENFILE) {
        LOGGER.log(Level.WARNING, "service: no descriptor is left for a peer; raise ulimit -n");
        rest();
      }
      if (fd < 0) {
        return accepted;
      }
      admit((int) fd, accepted, room);
    }
    return accepted;
  }

  private void admit(int fd, List<Session> accepted, long room) {
    UnixSockets.Peer peer = UnixSockets.peer(fd);
    if (peer != null && accepted.size() < room && welcome.test(peer)) {
      // Without one, on kernels before 5.3 and of hidden processes, the socket's end has to tell.
      long pidfd = peer.pid() > 0 ? UnixSockets.pidfdOpen(peer.pid()) : -1;
      if (pidfd != -ESRCH) {
        int watched = (int) Math.max(pidfd, -1);
        accepted.add(new Session(nextSession++, fd, watched, peer, counters));
        return;
      }
    }
    LOGGER.log(Level.DEBUG, "service: a connection was refused: " + peer);
    counters.refusedConnections.increment();
    SystemCalls.close(fd);
  }

  /** Accepts nobody for a while, as the kernel would tell of who waits again and again. */
  void rest() {
    resting = true;
    restUntil = System.nanoTime() + limits.rest().toNanos();
    poll.modify(listener.fd(), 0, token);
  }

  /** Ends the rest, if it is time. */
  void reopen() {
    if (resting && System.nanoTime() - restUntil >= 0) {
      resting = false;
      poll.modify(listener.fd(), EventPoll.IN, token);
    }
  }

  /** How long to wait at most for something to happen; -1 for ever. */
  int timeoutMillis() {
    return resting ? (int) limits.rest().toMillis() : -1;
  }

  @Override
  public void close() {
    listener.close();
  }
}
