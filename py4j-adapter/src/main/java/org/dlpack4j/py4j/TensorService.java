package org.dlpack4j.py4j;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.internal.UnixSockets;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;

/**
 * Objects under names, which Python processes of the same user on the same machine can have without
 * a copy, and to which they can add theirs. Py4J carries one call, {@link #open()}; from then on
 * peer and service speak by a socket of their own. Any thread.
 *
 * <p>An object in memory of a {@link org.dlpack4j.memory.SharedMemory} pool is handed out where it
 * is. Any other memory is copied once, when it is published, flagged {@code IS_COPIED} and counted,
 * or refused if the options say so. The same holds for memory on a device whose adapter is on the
 * path: what the adapter has allocated is handed out where it is, other memory is copied there.
 *
 * <p>A peer holds what it has fetched by a {@link Lease}, and its memory stays until the last lease
 * ends, whatever becomes of the name. Leases end with their peer, however that ends.
 */
public final class TensorService implements AutoCloseable {

  private static final Object SHARED_LOCK = new Object();
  private static @Nullable TensorService shared;

  private final Counters counters = new Counters();
  private final Tickets tickets;
  private final Listener listener;
  private final Publisher publisher;
  private final Catalogue catalogue;
  private final Fetches fetches;
  private final Server server;

  private TensorService(
      TensorServiceOptions options, Limits limits, Predicate<UnixSockets.Peer> welcome) {
    this.tickets = new Tickets(limits);
    this.listener = Listener.open(options.socketDirectory());
    this.publisher = new Publisher(options.copies(), counters);
    this.catalogue = new Catalogue(this::retire);
    this.fetches = new Fetches(catalogue);
    this.server =
        new Server(
            listener,
            options,
            limits,
            counters,
            welcome,
            peers -> new Requests(catalogue, publisher, tickets, options, limits, counters, peers));
  }

  /**
   * Starts a service with {@link TensorServiceOptions#DEFAULT}.
   *
   * @return the service, to be closed by the caller
   * @throws UnsupportedOperationException if this system has no such sockets or memory
   */
  public static TensorService start() {
    return start(TensorServiceOptions.DEFAULT);
  }

  /**
   * Starts a service.
   *
   * @param options how it behaves
   * @return the service, to be closed by the caller
   * @throws IllegalArgumentException if others may enter the directory for the socket
   * @throws UnsupportedOperationException if this system has no such sockets or memory
   */
  public static TensorService start(TensorServiceOptions options) {
    int user = UnixSockets.user();
    return start(options, Limits.DEFAULT, peer -> peer.uid() == user);
  }

  static TensorService start(
      TensorServiceOptions options, Limits limits, Predicate<UnixSockets.Peer> welcome) {
    TensorService service = new TensorService(options, limits, welcome);
    service.server.start();
    return service;
  }

  /**
   * This JVM's service, started when it is first asked for: what Python's {@code connect(gateway)}
   * speaks to.
   *
   * @return the same every time, until it is closed
   * @throws UnsupportedOperationException if this system has no such sockets or memory
   */
  public static TensorService shared() {
    synchronized (SHARED_LOCK) {
      if (shared == null || !shared.catalogue.isOpen()) {
        shared = start();
      }
      return shared;
    }
  }

  private void retire(long generation) {
    server.retire(generation);
  }

  /**
   * Lets one peer in: whoever has the ticket, within 30 seconds, once.
   *
   * @return the ticket, a line of text, to be kept from others
   * @throws IllegalStateException if the service is closed
   */
  public String open() {
    catalogue.requireOpen();
    return tickets.issue(listener.name());
  }

  /**
   * Publishes a table. An object that had the name loses it: peers that have fetched that keep it,
   * and are told.
   *
   * @param name 1 to 1024 bytes of UTF-8
   * @param table taken over on success, as if it were given to a consumer, the caller's on failure
   * @throws IllegalArgumentException if it has to be copied and copies are refused, or the name is
   *     empty or too long
   * @throws IllegalStateException if the table was given away, or the service is closed
   * @throws UnsupportedOperationException if it is on a device that no adapter on the path serves
   * @throws OutOfMemoryError if there is no memory for a copy
   */
  public void publish(String name, ExportedTable table) {
    publish(name, new PublishedObject.OfTable(table.table()), table::intoOwner);
  }

  /**
   * Publishes a tensor, or throws as {@link #publish(String, ExportedTable)} does.
   *
   * @param name as above
   * @param tensor taken over on success, as if it were given to a consumer, the caller's on failure
   */
  public void publish(String name, ExportedTensor tensor) {
    publish(name, new PublishedObject.OfTensor(tensor.view()), tensor::intoOwner);
  }

  /**
   * Publishes a table.
   *
   * @param name as above
   * @param table what peers see
   * @param owner what keeps the table's memory alive; taken over on success, the caller's on
   *     failure; released soon if all of it had to be copied, else with the last lease
   * @throws IllegalArgumentException if a tensor's data is not aligned to its numbers, it has to be
   *     copied and copies are refused, or the name is empty or too long
   * @throws IllegalStateException if the owner cannot serve an export, or the service is closed
   * @throws UnsupportedOperationException if it is on a device that no adapter on the path serves
   * @throws OutOfMemoryError if there is no memory for a copy
   */
  public void publish(String name, Table table, Owner owner) {
    publish(
        name,
        new PublishedObject.OfTable(table),
        () -> TableExporter.export(table, owner).intoOwner());
  }

  /**
   * Publishes a column, or throws as {@link #publish(String, Table, Owner)} does.
   *
   * @param name as above
   * @param column what peers see
   * @param owner what keeps the column's memory alive; taken over on success, the caller's on
   *     failure; released soon if all of it had to be copied, else with the last lease
   */
  public void publish(String name, Column column, Owner owner) {
    publish(
        name,
        new PublishedObject.OfColumn(column),
        () -> TableExporter.export(Table.of(column), owner).intoOwner());
  }

  /**
   * Publishes a tensor.
   *
   * @param name as above
   * @param view what peers see
   * @param owner what keeps the view's memory alive; taken over on success, the caller's on
   *     failure; released soon if it had to be copied, else with the last lease
   * @throws IllegalArgumentException if the data is not aligned to its numbers, it has to be copied
   *     and copies are refused, or the name is empty or too long
   * @throws IllegalStateException if the owner cannot serve an export, or the service is closed
   * @throws UnsupportedOperationException if it is on a device that no adapter on the path serves
   * @throws OutOfMemoryError if there is no memory for a copy
   */
  public void publish(String name, TensorView view, Owner owner) {
    publish(
        name,
        new PublishedObject.OfTensor(view),
        () -> TensorExporter.export(view, owner).intoOwner());
  }

  private void publish(String name, PublishedObject object, Supplier<Owner> take) {
    catalogue.requireOpen();
    Publisher.requireName(name);
    catalogue.put(publisher.ofThisJvm(name, object, take));
    counters.publications.increment();
  }

  /**
   * A table or a column that has a name, whoever has published it; a column as a table of one.
   *
   * @param name of it
   * @return an export over the memory where it is, held by the caller; it keeps the memory as a
   *     peer's lease does
   * @throws IllegalArgumentException if nothing has the name, or a tensor has it
   */
  public ExportedTable fetch(String name) {
    return fetches.table(name);
  }

  /**
   * A tensor that has a name, whoever has published it.
   *
   * @param name of it
   * @return an export over the memory where it is, held by the caller; it keeps the memory as a
   *     peer's lease does
   * @throws IllegalArgumentException if nothing has the name, or a table or a column has it
   */
  public ExportedTensor fetchTensor(String name) {
    return fetches.tensor(name);
  }

  /**
   * The names that there are.
   *
   * @return in order
   */
  public List<String> names() {
    return catalogue.names();
  }

  /**
   * Waits until something has a name, as for what a peer is to send.
   *
   * @param name of it
   * @param timeout how long to wait
   * @return false if nothing has it when the time is up
   * @throws InterruptedException if this thread is interrupted
   */
  public boolean await(String name, Duration timeout) throws InterruptedException {
    return catalogue.awaitNamed(name, timeout);
  }

  /**
   * Takes a name away, and waits until nobody holds what had it, now or before.
   *
   * @param name to be taken away; if nothing has it, there is only what had it to be waited for
   * @param timeout how long to wait; zero to only look
   * @return false if leases remain when the time is up: they keep what they hold, and the next call
   *     waits for them
   * @throws InterruptedException if this thread is interrupted; the name is away
   */
  public boolean unpublish(String name, Duration timeout) throws InterruptedException {
    catalogue.remove(name);
    return catalogue.awaitEnded(name, timeout);
  }

  /**
   * What peers hold now.
   *
   * @return each lease, in no order
   */
  public List<Lease> leases() {
    return server.sessions().leases();
  }

  /**
   * Counts.
   *
   * @return each count exact at some moment during the call
   */
  public ServiceStatistics statistics() {
    Sessions sessions = server.sessions();
    return counters.statistics(sessions.count(), catalogue.names().size(), sessions.leaseCount());
  }

  /**
   * Ends the service: all names are away, peers are dropped and their leases end. What they have
   * mapped stays mapped, and what this JVM has fetched stays alive. Calling it again does nothing.
   */
  @Override
  public void close() {
    catalogue.close();
    server.close();
    publisher.close();
  }
}
