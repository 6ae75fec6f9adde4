package org.dlpack4j.exporting;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.LeakWatch;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Table;
import org.dlpack4j.table.Validity;

/**
 * The managed tensors of a table of ours, ready to be given away together. They hold the owner
 * until the consumers have called all their deleters, in any order.
 *
 * <p>The table is held, until exactly one of {@link #transferOut()}, {@link #transferOutAddresses},
 * {@link #intoOwner()} and {@link #close()} ends that; safe to race for from several threads.
 */
public final class ExportedTable implements AutoCloseable {

  private static final int HELD = 0;
  private static final int OUT = 1;
  private static final int CLOSED = 2;

  static final LeakWatch LEAKS =
      new LeakWatch("an exported table", "exported", "it keeps its owner for ever");

  private final Table table;
  private final long[] blocks;
  private final boolean readOnly;
  private final AtomicInteger state = new AtomicInteger(HELD);

  ExportedTable(Table table, long[] blocks, boolean readOnly) {
    this.table = table;
    this.blocks = blocks;
    this.readOnly = readOnly;
  }

  /**
   * What was exported.
   *
   * @return the table
   */
  public Table table() {
    return table;
  }

  /**
   * Gives the tensors away: from now on the consumers call each deleter, once, and this object has
   * no part in it.
   *
   * @return the pointers, a column for each of the table's
   * @throws IllegalStateException if they were given away or closed before; nothing changes then
   */
  public List<ManagedColumn> transferOut() {
    return new Pointers(transferOutAddresses()).columns(table.columns());
  }

  /**
   * The same as {@link #transferOut()}, for callers that pass pointers as numbers.
   *
   * @return the addresses, column by column, and of each column its data, offsets, sizes, validity
   *     and children, as far as it has them
   * @throws IllegalStateException if they were given away or closed before; nothing changes then
   */
  public long[] transferOutAddresses() {
    requireHeld(leaveHeld(OUT));
    return blocks;
  }

  /**
   * Turns the tensors into what keeps their memory alive, for an export of {@link #table()} or of a
   * part of it.
   *
   * @return an owner for one export, whose release deletes all tensors and waits for nobody; the
   *     caller's to release unless it is exported
   * @throws IllegalStateException if they were given away or closed before; nothing changes then
   */
  public Owner intoOwner() {
    Owner owner = new ExportOwner(this::delete, readOnly);
    requireHeld(leaveHeld(OUT));
    return owner;
  }

  private void requireHeld(boolean held) {
    if (!held) {
      throw new IllegalStateException(
          "exported table: expected it to be held but found it " + stateName());
    }
  }

  private boolean leaveHeld(int next) {
    if (!state.compareAndSet(HELD, next)) {
      return false;
    }
    end(LEAKS);
    return true;
  }

  /** Watched under its first block, as there is no other address that is its alone. */
  void begin(LeakWatch watch) {
    if (blocks.length > 0) {
      watch.begin(this, blocks[0]);
    }
  }

  void end(LeakWatch watch) {
    if (blocks.length > 0) {
      watch.end(this, blocks[0]);
    }
  }

  /**
   * Releases tensors that were not given away, as their consumers would; the owner is released soon
   * after. Does nothing if they were given away or closed before.
   */
  @Override
  public void close() {
    if (leaveHeld(CLOSED)) {
      delete();
    }
  }

  private void delete() {
    for (long block : blocks) {
      SlabHeader.mark(block);
    }
  }

  private String stateName() {
    return switch (state.get()) {
      case HELD -> "held";
      case OUT -> "transferred out; the consumers own it";
      default -> "closed";
    };
  }

  /** The table and the state. */
  @Override
  public String toString() {
    return "exported table " + table + ", " + stateName();
  }

  /** Deals addresses out in the order of {@link TableExporter#views}. */
  private static final class Pointers {

    private final long[] addresses;
    private int next;

    Pointers(long[] addresses) {
      this.addresses = addresses;
    }

    List<ManagedColumn> columns(List<Column> columns) {
      List<ManagedColumn> managed = new ArrayList<>(columns.size());
      for (Column column : columns) {
        managed.add(
            new ManagedColumn(
                take(column.type().form().hasData()),
                take(column.offsets().isPresent()),
                take(column.sizes().isPresent()),
                take(column.validity().isPresent()),
                column.validity().map(Validity::skip).orElse(0),
                column.range(),
                columns(column.children())));
      }
      return managed;
    }

    private MemorySegment take(boolean there) {
      return there ? MemorySegment.ofAddress(addresses[next++]) : MemorySegment.NULL;
    }
  }
}
