package org.dlpack4j.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.device.DeviceScalar;
import org.dlpack4j.device.DeviceStream;

/**
 * Columns of equal length. Describes and owns nothing; every table that is made of another one is
 * over the same memory.
 *
 * @param rows how many
 * @param columns in order; there may be none
 */
public record Table(long rows, List<Column> columns) {

  /**
   * Checks lengths and names.
   *
   * @throws IllegalArgumentException if a column is of another length, or two have one name
   */
  public Table {
    columns = List.copyOf(columns);
    for (Column column : columns) {
      if (column.rows() != rows) {
        throw new IllegalArgumentException(
            "table: expected %d rows of column %s but found %d"
                .formatted(rows, column.name(), column.rows()));
      }
    }
    if (rows < 0) {
      throw new IllegalArgumentException("table: expected 0 rows or more but found " + rows);
    }
    Columns.checkNames("table", columns, Column::name);
  }

  /**
   * A table as long as its columns.
   *
   * @param columns at least one
   * @return the table
   * @throws IllegalArgumentException if they differ in length, or two have one name
   */
  public static Table of(Column... columns) {
    if (columns.length == 0) {
      throw new IllegalArgumentException(
          "table: expected columns but found none; say how many rows with new Table(rows,"
              + " List.of())");
    }
    return new Table(columns[0].rows(), List.of(columns));
  }

  /**
   * The columns of a matrix.
   *
   * @param matrix rows and columns
   * @param names one for each column
   * @return the table, over the same memory: the elements of a column need not follow one another
   * @throws IllegalArgumentException if there are not two dimensions, or more or fewer columns
   */
  public static Table ofMatrix(TensorView matrix, String... names) {
    TensorLayout layout = matrix.layout();
    if (layout.ndim() != 2 || layout.shape(1) != names.length) {
      throw new IllegalArgumentException(
          "matrix: expected rows of %d columns but found %s".formatted(names.length, matrix));
    }
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      columns.add(Column.of(names[i], matrix.withLayout(layout.select(1, i))));
    }
    return new Table(layout.shape(0), columns);
  }

  /**
   * A column by name.
   *
   * @param name its name
   * @return the column
   * @throws IllegalArgumentException if there is none, with the names that there are
   */
  public Column column(String name) {
    for (Column column : columns) {
      if (column.name().equals(name)) {
        return column;
      }
    }
    throw new IllegalArgumentException(
        "table: expected a column among %s but found %s".formatted(names(), name));
  }

  private List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /**
   * Some columns, in another order if that is wanted.
   *
   * @param names of the columns
   * @return such a table
   * @throws IllegalArgumentException if there is no such column, or a name is there twice
   */
  public Table select(String... names) {
    return new Table(rows, Arrays.stream(names).map(this::column).toList());
  }

  /**
   * The same columns under other names.
   *
   * @param names one for each column
   * @return such a table
   * @throws IllegalArgumentException if there are more or fewer, or a name is there twice
   */
  public Table withNames(String... names) {
    if (names.length != columns.size()) {
      throw new IllegalArgumentException(
          "table: expected %d names but found %d".formatted(columns.size(), names.length));
    }
    List<Column> renamed = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      renamed.add(columns.get(i).withName(names[i]));
    }
    return new Table(rows, renamed);
  }

  /**
   * One column under another name.
   *
   * @param name of the column
   * @param newName what it is to be called
   * @return such a table
   * @throws IllegalArgumentException if there is no such column, or another has that name
   */
  public Table rename(String name, String newName) {
    Column renamed = column(name);
    return new Table(
        rows,
        columns.stream()
            .map(column -> column.equals(renamed) ? column.withName(newName) : column)
            .toList());
  }

  /**
   * Some rows.
   *
   * @param from the first
   * @param count how many
   * @return such a table
   * @throws IndexOutOfBoundsException if there are no such rows
   */
  public Table slice(long from, long count) {
    Objects.checkFromIndexSize(from, count, rows);
    return new Table(count, columns.stream().map(column -> column.slice(from, count)).toList());
  }

  /**
   * As many rows as were counted, where columns have room for more.
   *
   * @param count one integer, on any device; kept alive by the caller
   * @param after the stream that it is computed on
   * @return such a table
   * @throws IllegalArgumentException if it is not one integer, or more than there are rows
   * @throws UnsupportedOperationException if no runtime serves its device
   */
  public Table firstRows(TensorView count, DeviceStream after) {
    long counted = DeviceScalar.read(count, after);
    if (counted < 0 || counted > rows) {
      throw new IllegalArgumentException(
          "row count: expected 0 to %d but found %s on %s"
              .formatted(rows, Long.toUnsignedString(counted), count.device()));
    }
    return slice(0, counted);
  }

  /**
   * What the columns are.
   *
   * @return the schema that this table has
   */
  public Schema schema() {
    return new Schema(columns.stream().map(Column::field).toList());
  }

  /** The schema and the number of rows. */
  @Override
  public String toString() {
    return schema() + ", " + rows + " rows";
  }
}
