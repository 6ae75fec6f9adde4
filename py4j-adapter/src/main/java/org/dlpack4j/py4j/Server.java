package org.dlpack4j.py4j;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.dlpack4j.internal.EventPoll;
import org.dlpack4j.internal.Packets;
import org.dlpack4j.internal.UnixSockets;
import org.dlpack4j.py4j.wire.Message;
import org.dlpack4j.py4j.wire.PacketJoiner;
import org.dlpack4j.py4j.wire.ViolationException;
import org.dlpack4j.py4j.wire.ViolationException.Code;

/** The poll thread: all sockets, one after the other, never waiting for any of them. */
final class Server implements Requests.Peers, AutoCloseable {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.py4j");

  /** Sessions have the tokens from 2 on. */
  private static final long DOOR = 0;

  private static final long WAKE = 1;

  /** Messages without an answer, such as what is given back, come in crowds. */
  private static final int BURST = 64;

  private static final int EINTR = 4;

  private final TensorServiceOptions options;
  private final Limits limits;
  private final Requests requests;
  private final EventPoll poll = new EventPoll();
  private final Packets packets = new Packets(PacketJoiner.MAX_PACKET, false);
  private final Tasks tasks = new Tasks();
  private final Sessions sessions;
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
    this.sessions = new Sessions(poll, packets, limits, counters);
    this.door = new Door(listener, poll, DOOR, limits, counters, welcome);
    this.requests = requests.apply(this);
    poll.add(tasks.fd(), EventPoll.IN, WAKE);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
  }

  void start() {
    thread.start();
  }

  Sessions sessions() {
    return sessions;
  }

  @Override
  public boolean isAlive(long session) {
    return sessions.isAlive(session);
  }

  @Override
  public boolean hasRoom() {
    return sessions.openCount() < options.maxSessions();
  }

  /**
   * Tells every peer that what it has fetched may be out of date. When this returns the message is
   * on its way: whoever hears of the change in another way finds it there.
   */
  void retire(long generation) {
    if (Thread.currentThread().equals(thread)) {
      sessions.retire(generation);
    } else if (sessions.count() > 0) {
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      tasks.add(
          () -> {
            try {
              sessions.retire(generation);
            } finally {
              done.complete(true);
            }
          });
      done.join();
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
      return () -> sessions.failed(session, e);
    }
  }

  private void finish(Session session, Runnable rest) {
    session.endWork();
    try {
      rest.run(); // also if the session is dead: what was made has to be given back
      sessions.flush(session);
    } catch (RuntimeException | Error e) {
      sessions.failed(session, e);
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
    sessions.expire();
  }

  private int timeoutMillis() {
    int first = sessions.timeoutMillis();
    int second = door.timeoutMillis();
    return first < 0 || second < 0 ? Math.max(first, second) : Math.min(first, second);
  }

  private void accept() {
    try {
      door.accept(limits.unopened() - sessions.unopened()).forEach(sessions::add);
    } catch (RuntimeException | Error e) {
      LOGGER.log(Level.WARNING, "service: expected to accept a peer but it failed", e);
      door.rest();
    }
  }

  private void ready(long token, int ready) {
    Session session = sessions.of(token);
    if (session == null) {
      return;
    }
    if (Sessions.isOfProcess(token)) {
      sessions.end(session, "its process ended");
      return;
    }
    try {
      if ((ready & EventPoll.IN) != 0 && session.isReading()) {
        read(session);
      } else if ((ready & (EventPoll.HANGUP | EventPoll.ERROR)) != 0) {
        sessions.end(session, "it hung up");
      }
      sessions.flush(session);
    } catch (ViolationException e) {
      sessions.violation(session, e);
    } catch (RuntimeException | Error e) {
      sessions.failed(session, e);
    }
  }

  private void read(Session session) throws ViolationException {
    for (int i = 0; i < BURST && session.isReading(); i++) {
      long received = packets.receive(session.fd());
      if (received == -Packets.EAGAIN || received == -EINTR) {
        return;
      }
      if (received <= 0) {
        sessions.end(session, "it hung up");
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

  private void end() {
    closing = true;
    sessions.endAll("the service was closed");
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
