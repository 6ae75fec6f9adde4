package org.dlpack4j.py4j;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.dlpack4j.Owner;
import org.dlpack4j.py4j.wire.Message;
import org.dlpack4j.py4j.wire.MessageParser;
import org.dlpack4j.py4j.wire.ObjectWriter;
import org.dlpack4j.py4j.wire.ObjectWriter.Place;
import org.dlpack4j.py4j.wire.Replies;
import org.dlpack4j.py4j.wire.Replies.Reason;
import org.dlpack4j.py4j.wire.ViolationException;
import org.dlpack4j.py4j.wire.ViolationException.Code;

/** What peers ask for, and what becomes of it. For the poll thread, but for what it starts. */
final class Requests {

  /** All sessions, and the threads that work for them. */
  interface Peers {
    /** Runs something elsewhere, and what it returns on the poll thread, whatever happens. */
    void work(Session session, Work work);

    /** Whether a session goes on. */
    boolean isAlive(long session);

    /** Whether there may be one more open session. */
    boolean hasRoom();
  }

  /** What takes too long for the poll thread. */
  interface Work {
    /** What is left to be done on the poll thread; the session may be dead by then. */
    Runnable run();
  }

  private final Catalogue catalogue;
  private final Publisher publisher;
  private final Tickets tickets;
  private final TensorServiceOptions options;
  private final Limits limits;
  private final Counters counters;
  private final Peers peers;
  private final AtomicLong leases = new AtomicLong();

  Requests(
      Catalogue catalogue,
      Publisher publisher,
      Tickets tickets,
      TensorServiceOptions options,
      Limits limits,
      Counters counters,
      Peers peers) {
    this.catalogue = catalogue;
    this.publisher = publisher;
    this.tickets = tickets;
    this.options = options;
    this.limits = limits;
    this.counters = counters;
    this.peers = peers;
  }

  /**
   * Does what a message asks for.
   *
   * @throws ViolationException if it is out of place, or speaks of what the peer does not have
   */
  void handle(Session session, Message message) throws ViolationException {
    if (session.isNew() != message instanceof Message.Hello) {
      throw new ViolationException(
          Code.ORDER, "message: expected HELLO first, and once, but found " + message);
    }
    switch (message) {
      case Message.Hello hello -> hello(session, hello);
      case Message.Fetch fetch -> fetch(session, fetch);
      case Message.Release release -> release(session, release);
      case Message.Alloc alloc ->
          alloc(session, alloc.request(), alloc.bytes(), () -> lent(session, alloc.bytes()));
      case Message.AllocOn alloc ->
          alloc(
              session,
              alloc.request(),
              alloc.bytes(),
              () -> Lent.on(alloc.device(), alloc.bytes()));
      case Message.Publish publish -> publish(session, publish);
      case Message.Drop drop -> drop(session, drop);
      case Message.ListNames list -> session.outbox().add(Replies.names(list.request(), names()));
      case Message.Remove remove -> remove(session, remove);
    }
  }

  private void hello(Session session, Message.Hello hello) throws ViolationException {
    if (!tickets.redeem(hello.token())) {
      throw new ViolationException(
          Code.VALUE,
          "hello token: expected one of a ticket, not used and not old, but found none");
    }
    if (hello.version() != MessageParser.VERSION) {
      throw new ViolationException(
          Code.VALUE,
          "hello version: expected %d but found %d"
              .formatted(MessageParser.VERSION, hello.version()));
    }
    if (!peers.hasRoom()) {
      throw new ViolationException(
          Code.ORDER,
          "hello: expected fewer than %d peers but found as many; see TensorServiceOptions"
              .formatted(options.maxSessions()));
    }
    session.open(hello.client());
    counters.sessionsOpened.increment();
    session.outbox().add(Replies.welcome(hello.request(), session.id(), catalogue.generation()));
  }

  private void fetch(Session session, Message.Fetch fetch) {
    Publication publication = catalogue.retained(fetch.name());
    if (publication == null) {
      session.refuse(fetch.request(), Reason.NO_SUCH_NAME, noSuchName(fetch.name()));
    } else if (fetch.writable() && !publication.isWritable()) {
      publication.release();
      String message =
          "%s: expected memory that peers may write, all of it, but found some that they may not;"
                  .formatted(publication)
              + " publish it from a pool that is writableByPeers(), or ask for it without writable";
      session.refuse(fetch.request(), Reason.READ_ONLY, message);
    } else if (session.leaseCount() >= limits.leases()) {
      publication.release();
      session.refuse(fetch.request(), Reason.NO_MEMORY, tooManyLeases());
    } else {
      grant(session, fetch, publication);
    }
  }

  private void grant(Session session, Message.Fetch fetch, Publication publication) {
    long lease = leases.incrementAndGet();
    session.addLease(lease, new HeldLease.OfPublication(publication, System.nanoTime()));
    publication
        .segments()
        .forEach(segment -> session.memory().send(fetch.request(), segment, publication::retained));
    counters.grants.increment();
    byte[] object = publication.granted(fetch.writable());
    session.outbox().add(Replies.grant(fetch.request(), lease, publication.generation(), object));
  }

  private static void release(Session session, Message.Release release) throws ViolationException {
    for (long lease : release.leases()) {
      if (!session.release(lease)) {
        throw new ViolationException(
            Code.ID, "release: expected a lease that the peer holds but found " + lease);
      }
    }
  }

  private static void drop(Session session, Message.Drop drop) throws ViolationException {
    if (!session.memory().drop(drop.segment())) {
      throw new ViolationException(
          Code.ID, "drop: expected a segment that was sent but found " + drop.segment());
    }
  }

  private void alloc(Session session, int request, long bytes, Supplier<Lent> memory) {
    long room = options.maxPeerBytes() - session.lentBytes();
    if (bytes < 0 || bytes > room) {
      String message =
          "alloc bytes: expected at most %d, with %d lent already, but found %s; give some back"
              .formatted(room, session.lentBytes(), Long.toUnsignedString(bytes));
      session.refuse(request, Reason.TOO_LARGE, message);
    } else if (session.leaseCount() >= limits.leases()) {
      session.refuse(request, Reason.NO_MEMORY, tooManyLeases());
    } else {
      peers.work(session, () -> allocated(session, request, memory));
    }
  }

  private static Lent lent(Session session, long bytes) {
    return Lent.from(session.memory().pool().allocate(bytes), bytes);
  }

  private Runnable allocated(Session session, int request, Supplier<Lent> memory) {
    try {
      Lent lent = memory.get();
      return () -> lend(session, request, lent);
    } catch (UnsupportedOperationException e) {
      return refusal(session, request, Reason.UNSUPPORTED, e);
    } catch (OutOfMemoryError | RuntimeException e) {
      return refusal(session, request, Reason.NO_MEMORY, e);
    }
  }

  private void lend(Session session, int request, Lent lent) {
    if (session.isDead()) {
      lent.owner().release();
      return;
    }
    long generation = catalogue.generation();
    long lease = leases.incrementAndGet();
    HeldLease.OfMemory held = lent.leased(generation);
    session.addLease(lease, held);
    session.memory().send(request, lent.location().segment(), held.owner()::retain);
    counters.grants.increment();
    Place place = new Place(lent.location().segment().id(), lent.location().offset(), false);
    byte[] object = ObjectWriter.write(lent.view(), any -> place, false);
    session.outbox().add(Replies.grant(request, lease, generation, object));
  }

  private void publish(Session session, Message.Publish publish) throws ViolationException {
    if (!(session.lease(publish.allocation()) instanceof HeldLease.OfMemory memory)) {
      throw new ViolationException(
          Code.ID,
          "publish allocation: expected one that the peer holds but found " + publish.allocation());
    }
    // So that the memory stays where it is while another thread looks at it.
    Owner held = memory.owner().retain();
    peers.work(
        session,
        () -> {
          try {
            return published(session, publish, memory);
          } finally {
            held.release();
          }
        });
  }

  private Runnable published(Session session, Message.Publish publish, HeldLease.OfMemory memory) {
    try {
      Publication publication =
          publisher.ofPeer(publish.name(), session.id(), memory, publish.object());
      return () -> put(session, publish, publication);
    } catch (OutOfMemoryError e) {
      return refusal(session, publish.request(), Reason.NO_MEMORY, e);
    } catch (RuntimeException e) {
      return refusal(session, publish.request(), Reason.INVALID, e);
    }
  }

  private void put(Session session, Message.Publish publish, Publication publication) {
    if (session.isDead()) {
      publication.release();
      return;
    }
    long generation = catalogue.putIf(publication, old -> isReplaceable(old, session));
    if (generation == Catalogue.NOT_ALLOWED) {
      publication.release();
      session.refuse(publish.request(), Reason.NOT_YOURS, notYours(publish.name()));
      return;
    }
    counters.peerPublications.increment();
    session.outbox().add(Replies.ok(publish.request(), generation));
  }

  /** What nobody can take back any more, may be replaced by everybody. */
  private boolean isReplaceable(Publication old, Session by) {
    long owner = old.publisher();
    return owner == by.id() || (owner != Publication.THIS_JVM && !peers.isAlive(owner));
  }

  private void remove(Session session, Message.Remove remove) {
    if (catalogue.find(remove.name()) == null) {
      session.refuse(remove.request(), Reason.NO_SUCH_NAME, noSuchName(remove.name()));
      return;
    }
    long generation = catalogue.removeIf(remove.name(), old -> old.publisher() == session.id());
    if (generation == Catalogue.NOT_ALLOWED) {
      session.refuse(remove.request(), Reason.NOT_YOURS, notYours(remove.name()));
    } else {
      session.outbox().add(Replies.ok(remove.request(), generation));
    }
  }

  private List<Replies.Entry> names() {
    return catalogue.all().stream()
        .map(object -> new Replies.Entry(object.name(), object.generation(), object.bytes()))
        .toList();
  }

  private static Runnable refusal(Session session, int request, Reason reason, Throwable e) {
    String message = String.valueOf(e.getMessage());
    return () -> session.refuse(request, reason, message);
  }

  private String noSuchName(String name) {
    List<String> names = catalogue.all().stream().map(Publication::name).limit(20).toList();
    return "name: expected a published one, %s, but found %s"
        .formatted(names.isEmpty() ? "of which there is none" : "such as " + names, name);
  }

  private static String notYours(String name) {
    return "name: expected one that is free, or that this session has published, but found "
        + name
        + "; take another";
  }

  private String tooManyLeases() {
    return "leases: expected fewer than %d but found as many; drop some".formatted(limits.leases());
  }
}
