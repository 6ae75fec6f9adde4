package org.dlpack4j.arrow;

import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.RowRange;
import org.jspecify.annotations.Nullable;

/**
 * Rows of bits or of runs that begin later than their tensors do. Arrow Java's vectors begin with
 * their first row, so that all that comes before must go.
 *
 * @param column those rows, as if they began with the tensors; without the bytes, or the runs, that
 *     are of other rows
 * @param shifted the one tensor of the column that is still of earlier rows, too; null if none is
 * @param skip how many those are; of bits below 8
 */
record LaterRows(Column column, @Nullable TensorView shifted, long skip) {

  static boolean areIn(Column column) {
    return column.type().form().skipsRows() && first(column) != 0;
  }

  private static long first(Column column) {
    return column.range().map(RowRange::first).orElse(0L);
  }

  static LaterRows of(Column column) {
    return column.type().form() == Form.BITS ? ofBits(column) : ofRuns(column);
  }

  private static LaterRows ofBits(Column column) {
    Column part = column.slice(0, column.rows());
    long skip = first(part);
    RowRange rows = new RowRange(0, part.rows());
    Column moved = Column.ofBits(part.name(), rows, part.data());
    return new LaterRows(
        part.validity().map(moved::withValidity).orElse(moved),
        skip == 0 ? null : part.data(),
        skip);
  }

  private static LaterRows ofRuns(Column column) {
    long skip = first(column);
    RowRange rows = new RowRange(0, column.rows());
    Column ends = column.children().getFirst();
    long from = 0;
    long count = 0;
    if (column.rows() != 0) {
      from = runOf(skip, ends);
      count = runOf(skip + column.rows() - 1, ends) - from + 1;
    }
    Column endsOfThose = ends.slice(from, count);
    Column values = column.children().getLast().slice(from, count);
    return new LaterRows(
        Column.ofRuns(column.name(), rows, endsOfThose, values), endsOfThose.data(), skip);
  }

  /** Within bounds even if the ends do not rise. */
  private static long runOf(long row, Column ends) {
    TensorView view = ends.data();
    TensorElements all =
        TensorElements.of(Memory.ALL, view.address(), view.dataType(), view.layout(), false);
    long low = 0;
    long high = Math.max(ends.rows() - 1, 0);
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (all.getLong(middle) > row) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
