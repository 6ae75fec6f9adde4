package org.dlpack4j.importing;

import static org.dlpack4j.importing.ImportedTensor.CLOSED;
import static org.dlpack4j.importing.ImportedTensor.OUT;
import static org.dlpack4j.importing.ImportedTensor.OWNED;
import static org.dlpack4j.importing.ImportedTensor.STATES;

import java.util.List;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.LeakWatch;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;

/**
 * A foreign table that is ours: the deleter of each of its tensors is called exactly once, by
 * {@link #close()}, unless {@link #transferOut()} or {@link #intoOwner()} passes that duty on for
 * all of them.
 *
 * <p>It is confined to the thread that adopted it, shared by all threads, or as long-lived as an
 * arena, as its importer was told. After its end all segments and elements of its columns throw
 * {@link IllegalStateException}.
 */
public final class ImportedTable implements AutoCloseable {

  static final LeakWatch LEAKS =
      new LeakWatch("an imported table", "imported", "its producers' deleters are never called");

  private final long rows;
  private final List<ImportedColumn> columns;
  private final ForeignTensors tensors;

  /** Null for a table that its arena ends. */
  private final @Nullable Hold hold;

  ImportedTable(
      long rows, List<ImportedColumn> columns, ForeignTensors tensors, @Nullable Hold hold) {
    this.rows = rows;
    this.columns = columns;
    this.tensors = tensors;
    this.hold = hold;
    if (hold != null && !tensors.isEmpty()) {
      LEAKS.begin(this, tensors.first());
    }
  }

  /**
   * What it is, such as for an export.
   *
   * @return a table that owns nothing
   * @throws IllegalStateException if it is not held any more
   */
  public Table table() {
    return new Table(rows, ImportedColumn.columns(columns));
  }

  /**
   * The number of rows.
   *
   * @return the same for every column
   */
  public long rows() {
    return rows;
  }

  /**
   * Its columns, in the order of the schema.
   *
   * @return the columns
   */
  public List<ImportedColumn> columns() {
    return columns;
  }

  /**
   * A column by name.
   *
   * @param name its name
   * @return the column
   * @throws IllegalArgumentException if there is none, with the names that there are
   */
  public ImportedColumn column(String name) {
    for (ImportedColumn column : columns) {
      if (column.name().equals(name)) {
        return column;
      }
    }
    throw new IllegalArgumentException(
        "imported table: expected a column among %s but found %s"
            .formatted(columns.stream().map(ImportedColumn::name).toList(), name));
  }

  /**
   * Gives all tensors away as they came: from now on the receiver calls each deleter, once.
   *
   * @return the pointers, of the flavour that they were imported as
   * @throws IllegalStateException if the table is not held any more, or in use by native code at
   *     the moment; nothing changes then
   * @throws WrongThreadException if it is confined to another thread; nothing changes then
   * @throws UnsupportedOperationException if it lives as long as an arena
   */
  public List<ManagedColumn> transferOut() {
    List<ManagedColumn> managed = columns.stream().map(ImportedColumn::managed).toList();
    requireLeft(OUT);
    return managed;
  }

  /**
   * Turns the table into what keeps its memory alive, for an export of {@link #table()} or of a
   * part of it. The segments of its columns end.
   *
   * @return an owner for one export, whose release calls all deleters; the caller's to release
   *     unless it is exported
   * @throws IllegalStateException if the table is not held any more, or in use by native code at
   *     the moment; nothing changes then
   * @throws WrongThreadException if it is confined to another thread; nothing changes then
   * @throws UnsupportedOperationException if it lives as long as an arena
   */
  public Owner intoOwner() {
    Owner owner = tensors.asOwner();
    requireLeft(OWNED);
    return owner;
  }

  private void requireLeft(int next) {
    if (!leaveHeld(next)) {
      throw new IllegalStateException(
          "imported table: expected it to be held but found it " + state());
    }
  }

  private boolean leaveHeld(int next) {
    if (hold == null) {
      throw new UnsupportedOperationException(
          "imported table: expected one with an end of its own but found one that lives as long as"
              + " the arena that it was adopted into; close that");
    }
    if (!hold.leave(next)) {
      return false;
    }
    if (!tensors.isEmpty()) {
      LEAKS.end(this, tensors.first());
    }
    tensors.countEnded();
    return true;
  }

  /**
   * Calls all deleters, unless the table was closed, given away or turned into an owner before.
   *
   * @throws IllegalStateException if it is in use by native code at the moment; it is still held
   * @throws WrongThreadException if it is confined to another thread; it is still held
   * @throws UnsupportedOperationException if it lives as long as an arena, which must be closed
   */
  @Override
  public void close() {
    if (leaveHeld(CLOSED)) {
      tensors.delete();
    }
  }

  private String state() {
    return hold == null ? "as long-lived as its arena" : STATES[hold.state()];
  }

  /** What it is, and its state. */
  @Override
  public String toString() {
    return "imported table " + columns + ", " + rows + " rows, " + state();
  }
}
