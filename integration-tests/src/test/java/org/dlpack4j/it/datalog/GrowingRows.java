package org.dlpack4j.it.datalog;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Schema;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;

/** Rows of the engine's own, in native memory: they are exported where they lie. */
final class GrowingRows extends Rows implements AutoCloseable {

  private static final int CACHE_LINE = 64;
  private static final int FEWEST = 64;

  private final Schema schema;
  private Arena arena = Arena.ofShared();
  private int capacity;
  private @Nullable SharedOwner owner;

  GrowingRows(Schema schema) {
    super(new TensorElements[schema.fields().size()], 0);
    this.schema = schema;
    this.columns = allocate(FEWEST);
  }

  /** A column for each field, from a cache line's start. */
  private TensorElements[] allocate(int rows) {
    capacity = rows;
    TensorLayout layout = TensorLayout.contiguous(rows);
    return schema.fields().stream()
        .map(field -> field.storage().orElseThrow())
        .map(type -> TensorElements.of(allocate(type, rows), type, layout))
        .toArray(TensorElements[]::new);
  }

  private MemorySegment allocate(DataType type, long rows) {
    return arena.allocate(type.bits() / Byte.SIZE * rows, CACHE_LINE);
  }

  /**
   * Adds a row.
   *
   * @throws IllegalStateException if the rows are exported: consumers count on where they are
   */
  void append(long... row) {
    if (owner != null) {
      throw new IllegalStateException("rows: expected them to grow no more once exported");
    }
    if (size == capacity) {
      grow();
    }
    for (int i = 0; i < row.length; i++) {
      columns[i].setLong(row[i], size);
    }
    size++;
  }

  private void grow() {
    if (capacity > Integer.MAX_VALUE / 2) {
      throw new IllegalStateException(
          "rows: expected at most %d but found more to be derived".formatted(capacity));
    }
    TensorElements[] before = columns;
    Arena left = arena;
    arena = Arena.ofShared();
    columns = allocate(capacity * 2);
    for (int i = 0; i < before.length; i++) {
      columns[i].segment().copyFrom(before[i].segment());
    }
    left.close();
  }

  /** What consumers see: all rows as they are now, not to be written. */
  private Table table() {
    List<Column> all = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      Field field = schema.fields().get(i);
      MemorySegment cells = columns[i].segment().asReadOnly();
      TensorView view = TensorView.of(cells, columns[i].dataType(), size);
      all.add(Column.of(field.name(), field.type(), view));
    }
    return new Table(size, all);
  }

  /**
   * All rows for other libraries, who keep them alive for themselves; any number of times.
   *
   * @return the exported table, held by the caller
   */
  ExportedTable export() {
    return TableExporter.export(table(), owner());
  }

  /** What all exports hold. From now on the rows cannot grow. */
  SharedOwner owner() {
    SharedOwner known = owner;
    if (known == null) {
      known = Owner.closing(arena).shared();
      owner = known;
    }
    return known;
  }

  /** Lets the memory go, as soon as no consumer has it. */
  @Override
  public void close() {
    if (owner != null) {
      owner.close();
    } else if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  @Override
  public String toString() {
    return size + " rows of " + Arrays.toString(schema.fields().toArray());
  }
}
