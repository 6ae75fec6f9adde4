package org.dlpack4j.py4j;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.dlpack4j.internal.EventPoll;
import org.dlpack4j.internal.Packets;
import org.dlpack4j.internal.SystemCalls;
import org.dlpack4j.internal.UnixSockets;
import org.dlpack4j.py4j.wire.Message;
import org.dlpack4j.py4j.wire.PacketJoiner;
import org.dlpack4j.py4j.wire.ViolationException;
import org.dlpack4j.py4j.wire.ViolationException.Code;

/** The poll thread: all sockets, one after the other, never waiting for any of them. */
final class Server implements Requests.Peers, AutoCloseable {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.py4j");

  private static final long DOOR = 0;
  private static final long WAKE = 1;

  /** Two tokens for each session, from this on: its socket's, its process's. */
  private static final long SESSIONS = 2;

  /** Messages without an answer, such as what is given back, come in crowds. */
  private static final int BURST = 64;

  private static final int EINTR = 4;

  private final TensorServiceOptions options;
  private final Limits limits;
  private final Counters counters;
  private final Requests requests;
  private final Map<Long, Session> sessions = new ConcurrentHashMap<>();
  private final EventPoll poll = new EventPoll();
  private final Packets packets = new Packets(PacketJoiner.MAX_PACKET, false);
  private final Tasks tasks = new Tasks();
  private final Deadlines deadlines;
  private final Door door;
  private final Thread thread = new Thread(this::run, "dlpack4j-py4j");
  private volatile boolean closing;

  /**
   * One that is not started.
   *
   * @param requests makes what answers, for these peers
   */
  Server(
      Listener listener,
      TensorServiceOptions options,
      Limits limits,
      Counters counters,
      Predicate<UnixSockets.Peer> welcome,
      Function<Requests.Peers, Requests> requests) {
    this.options = options;
    this.limits = limits;
    this.counters = counters;
    this.deadlines = new Deadlines(limits);
    this.door = new Door(listener, poll, DOOR, limits, counters, welcome);
    this.requests = requests.apply(this);
    poll.add(tasks.fd(), EventPoll.IN, WAKE);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
  }

  void start() {
    thread.start();
  }

  int sessionCount() {
    return sessions.size();
  }

  int leaseCount() {
    return sessions.values().stream().mapToInt(Session::leaseCount).sum();
  }

  List<Lease> leases() {
    List<Lease> all = new ArrayList<>();
    sessions.values().forEach(session -> all.addAll(session.leases()));
    return all;
  }

  @Override
  public boolean isAlive(long session) {
    return sessions.containsKey(session);
  }

  @Override
  public boolean hasRoom() {
    return sessions.values().stream().filter(Session::isOpen).count() < options.maxSessions();
  }

  /**
   * Tells every peer that what it has fetched may be out of date. When this returns the message is
   * on its way: whoever hears of the change in another way finds it there.
   */
  void retire(long generation) {
    if (Thread.currentThread().equals(thread)) {
      sendRetirements(generation);
    } else if (!sessions.isEmpty()) {
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      tasks.add(
          () -> {
            try {
              sendRetirements(generation);
            } finally {
              done.complete(true);
            }
          });
      done.join();
    }
  }

  private void sendRetirements(long generation) {
    for (Session session : List.copyOf(sessions.values())) {
      session.retire(generation);
      flush(session);
    }
  }

  @Override
  public void work(Session session, Requests.Work work) {
    session.setWorking(true);
    Thread.ofVirtual()
        .name("dlpack4j-py4j-work")
        .inheritInheritableThreadLocals(false)
        .start(
            () -> {
              Runnable rest = resultOf(session, work);
              tasks.add(() -> finish(session, rest));
            });
  }

  private Runnable resultOf(Session session, Requests.Work work) {
    try {
      return work.run();
    } catch (RuntimeException | Error e) {
      return () -> failed(session, e);
    }
  }

  private void finish(Session session, Runnable rest) {
    session.endWork();
    try {
      rest.run(); // also if the session is dead: what was made has to be given back
      flush(session);
    } catch (RuntimeException | Error e) {
      failed(session, e);
    }
  }

  private void run() {
    try {
      while (!closing) {
        poll();
      }
    } catch (RuntimeException | Error e) {
      LOGGER.log(Level.ERROR, "service: expected to go on but must end; peers are dropped", e);
    } finally {
      end();
    }
  }

  private void poll() {
    long count = poll.await(timeoutMillis());
    for (long i = 0; i < count; i++) {
      long token = poll.token(i);
      if (token == DOOR) {
        accept();
      } else if (token == WAKE) {
        tasks.sleep();
      } else {
        ready(token, poll.ready(i));
      }
    }
    tasks.run();
    door.reopen();
    deadlines.expired().forEach(this::expire);
  }

  private int timeoutMillis() {
    int first = deadlines.timeoutMillis();
    int second = door.timeoutMillis();
    return first < 0 || second < 0 ? Math.max(first, second) : Math.min(first, second);
  }

  private void accept() {
    try {
      for (Session session : door.accept(limits.unopened() - deadlines.unopened())) {
        sessions.put(session.id(), session);
        deadlines.update(session);
        poll.add(session.fd(), EventPoll.IN, session.id() * SESSIONS);
        if (session.pidfd() >= 0) {
          poll.add(session.pidfd(), EventPoll.IN, session.id() * SESSIONS + 1);
        }
      }
    } catch (RuntimeException | Error e) {
      LOGGER.log(Level.WARNING, "service: expected to accept a peer but it failed", e);
      door.rest();
    }
  }

  private void ready(long token, int ready) {
    Session session = sessions.get(token / SESSIONS);
    if (session == null) {
      return; // ended by what came before in the same round
    }
    if (token % SESSIONS == 1) {
      end(session, "its process ended");
      return;
    }
    try {
      if ((ready & EventPoll.IN) != 0 && session.isReading()) {
        read(session);
      } else if ((ready & (EventPoll.HANGUP | EventPoll.ERROR)) != 0) {
        end(session, "it hung up");
      }
      flush(session);
    } catch (ViolationException e) {
      violation(session, e);
    } catch (RuntimeException | Error e) {
      failed(session, e);
    }
  }

  private void read(Session session) throws ViolationException {
    for (int i = 0; i < BURST && session.isReading(); i++) {
      long received = packets.receive(session.fd());
      if (received == -Packets.EAGAIN || received == -EINTR) {
        return;
      }
      if (received <= 0) {
        end(session, "it hung up");
        return;
      }
      requireWhole();
      Optional<Message> message = session.joiner().add(packets.received());
      if (message.isPresent()) {
        requests.handle(session, message.get());
      }
    }
  }

  private void requireWhole() throws ViolationException {
    if (packets.hadMoreDescriptors()) {
      throw new ViolationException(
          Code.DESCRIPTOR, "packet: expected no descriptors but found some");
    }
    if (packets.isTruncated()) {
      throw new ViolationException(
          Code.LENGTH,
          "packet: expected at most %d bytes but found more".formatted(PacketJoiner.MAX_PACKET));
    }
  }

  /** Sends what there is to send, and polls for what the session waits for from now on. */
  private void flush(Session session) {
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
      poll.modify(session.fd(), session.interest(), session.id() * SESSIONS);
    }
  }

  private void expire(Session session) {
    if (session.isNew()) {
      counters.refusedConnections.increment();
    }
    end(session, session.isNew() ? "it did not say who it is" : "it does not read");
  }

  private void violation(Session session, ViolationException e) {
    // Whoever was let in is a program to be mended; anybody can knock.
    (session.isNew() ? counters.refusedConnections : counters.violations).increment();
    LOGGER.log(
        session.isNew() ? Level.DEBUG : Level.WARNING,
        "session %d, process %d: dropped: %s"
            .formatted(session.id(), session.pid(), e.getMessage()));
    end(session, "it broke the protocol: " + e.getMessage());
  }

  private void failed(Session session, Throwable e) {
    LOGGER.log(Level.WARNING, "session %d: dropped".formatted(session.id()), e);
    end(session, "of a failure here: " + e);
  }

  private void end(Session session, String why) {
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

  private void end() {
    closing = true;
    List.copyOf(sessions.values()).forEach(session -> end(session, "the service was closed"));
    tasks.close();
    door.close();
    poll.close();
    packets.close();
  }

  /** Drops all peers. What they held is given back when this returns. */
  @Override
  public void close() {
    closing = true;
    tasks.wake();
    boolean interrupted = false;
    while (!Thread.currentThread().equals(thread) && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
