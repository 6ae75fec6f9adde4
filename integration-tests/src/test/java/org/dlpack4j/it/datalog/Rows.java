package org.dlpack4j.it.datalog;

import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ImportedColumn;
import org.dlpack4j.importing.ImportedTable;

/** Rows in columns, wherever they lie. For one thread. */
sealed class Rows permits GrowingRows {

  TensorElements[] columns;
  int size;

  Rows(TensorElements[] columns, int size) {
    this.columns = columns;
    this.size = size;
  }

  /**
   * The rows of a foreign table, for as long as it is held.
   *
   * @throws IllegalArgumentException if there are more than can be counted
   */
  static Rows of(ImportedTable table) {
    if (table.rows() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "table: expected at most %d rows but found %d"
              .formatted(Integer.MAX_VALUE, table.rows()));
    }
    TensorElements[] columns =
        table.columns().stream().map(ImportedColumn::elements).toArray(TensorElements[]::new);
    return new Rows(columns, (int) table.rows());
  }

  final int size() {
    return size;
  }

  final long get(int row, int column) {
    return columns[column].getLong(row);
  }
}
