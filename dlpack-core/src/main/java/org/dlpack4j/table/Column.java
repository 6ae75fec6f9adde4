package org.dlpack4j.table;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;

/**
 * A column: a name, what its values mean, and the tensors that it is made of. Describes and owns
 * nothing. Every part of it is in place, however it was cut.
 */
public final class Column {

  private final String name;
  private final LogicalType type;
  private final long rows;
  private final ColumnParts parts;

  private Column(String name, LogicalType type, long rows, ColumnParts parts) {
    this.name = name;
    this.type = type;
    this.rows = rows;
    this.parts = parts;
    parts.check(name, type, rows);
  }

  /**
   * Numbers.
   *
   * @param name the column's
   * @param data one dimension
   * @return the column, without nulls
   * @throws IllegalArgumentException if there is another number of dimensions
   */
  public static Column of(String name, TensorView data) {
    return of(name, new LogicalType.Numeric(), data);
  }

  /**
   * Values with a tensor of their own.
   *
   * @param name the column's
   * @param type what they mean
   * @param data one element a row, or for fixed binary a row of bytes
   * @return the column, without nulls
   * @throws IllegalArgumentException if the type cannot be stored so
   */
  public static Column of(String name, LogicalType type, TensorView data) {
    if (!type.form().saysRows()) {
      throw new IllegalArgumentException(
          "column %s: expected a type whose data says its rows but found %s; use the method for it"
              .formatted(name, type));
    }
    return new Column(name, type, lengthOf(data), ColumnParts.ofData(data));
  }

  /**
   * Truth values, of eight rows a byte.
   *
   * @param name the column's
   * @param rows which of the bits, the lowest of the first byte being the first
   * @param bytes the bits
   * @return the column, without nulls
   * @throws IllegalArgumentException if the tensor is not so, or has fewer bits
   */
  public static Column ofBits(String name, RowRange rows, TensorView bytes) {
    ColumnParts parts = ColumnParts.ofData(bytes).startingAt(rows.first());
    return new Column(name, new LogicalType.Bits(), rows.count(), parts);
  }

  /**
   * Values by their number in a dictionary.
   *
   * @param name the column's
   * @param type whether they are ordered
   * @param indices one a row, of any integer type
   * @param dictionary the values
   * @return the column, without nulls
   * @throws IllegalArgumentException if the indices are not so
   */
  public static Column ofIndices(
      String name, LogicalType.Dictionary type, TensorView indices, Column dictionary) {
    ColumnParts parts = ColumnParts.ofData(indices).withChildren(List.of(dictionary));
    return new Column(name, type, lengthOf(indices), parts);
  }

  /**
   * Text or binary.
   *
   * @param name the column's
   * @param type which
   * @param offsets where each row begins in the data, and where the last ends; int32 or int64
   * @param data the bytes of all rows
   * @return the column, without nulls
   * @throws IllegalArgumentException if the tensors are not so
   */
  public static Column ofBytes(String name, LogicalType type, TensorView offsets, TensorView data) {
    ColumnParts parts = ColumnParts.ofData(data).withOffsets(offsets);
    return new Column(name, type, rowsOf(offsets), parts);
  }

  /**
   * Lists.
   *
   * @param name the column's
   * @param offsets the row of the elements where each begins, and where the last ends; int32 or
   *     int64
   * @param elements those of all lists
   * @return the column, without nulls
   * @throws IllegalArgumentException if the offsets are not so
   */
  public static Column ofLists(String name, TensorView offsets, Column elements) {
    return ofLists(name, new LogicalType.ListOf(), offsets, elements);
  }

  /**
   * Maps.
   *
   * @param name the column's
   * @param type whether the keys of a row are sorted
   * @param offsets the row of the entries where each begins, and where the last ends; int32 or
   *     int64
   * @param entries those of all maps: structs of a key and a value, both without nulls but for
   *     values
   * @return the column, without nulls
   * @throws IllegalArgumentException if the offsets or the entries are not so
   */
  public static Column ofMaps(
      String name, LogicalType.MapOf type, TensorView offsets, Column entries) {
    return ofLists(name, type, offsets, entries);
  }

  private static Column ofLists(
      String name, LogicalType type, TensorView offsets, Column elements) {
    ColumnParts parts = ColumnParts.ofChildren(elements).withOffsets(offsets);
    return new Column(name, type, rowsOf(offsets), parts);
  }

  /**
   * Lists in any order, of which several may have the same elements.
   *
   * @param name the column's
   * @param offsets the row of the elements where each begins; int32 or int64
   * @param sizes how many elements each has; int32 or int64
   * @param elements those of all lists
   * @return the column, without nulls
   * @throws IllegalArgumentException if offsets or sizes are not so
   */
  public static Column ofListViews(
      String name, TensorView offsets, TensorView sizes, Column elements) {
    ColumnParts parts = ColumnParts.ofChildren(elements).withOffsets(offsets).withSizes(sizes);
    return new Column(name, new LogicalType.ListViewOf(), lengthOf(offsets), parts);
  }

  /**
   * Lists of one size.
   *
   * @param name the column's
   * @param size of each
   * @param rows how many lists
   * @param elements {@code size * rows} of them
   * @return the column, without nulls
   * @throws IllegalArgumentException if there are more or fewer elements
   */
  public static Column ofFixedLists(String name, int size, long rows, Column elements) {
    return new Column(
        name, new LogicalType.FixedListOf(size), rows, ColumnParts.ofChildren(elements));
  }

  /**
   * Structs.
   *
   * @param name the column's
   * @param rows how many
   * @param members columns of as many rows
   * @return the column, without nulls
   * @throws IllegalArgumentException if a member has more or fewer rows
   */
  public static Column ofStructs(String name, long rows, List<Column> members) {
    ColumnParts parts = ColumnParts.ofChildren(members.toArray(Column[]::new));
    return new Column(name, new LogicalType.Struct(), rows, parts);
  }

  /**
   * Rows of several types, of which every child has all rows.
   *
   * @param name the column's
   * @param typeIds those of the members, in order; 0 to 127
   * @param data the type id of each row, as int8
   * @param members columns of as many rows
   * @return the column, whose members may have nulls
   * @throws IllegalArgumentException if a member has more or fewer rows
   */
  public static Column ofSparseUnion(
      String name, List<Integer> typeIds, TensorView data, List<Column> members) {
    LogicalType type = new LogicalType.Union(LogicalType.Union.Mode.SPARSE, typeIds);
    ColumnParts parts = ColumnParts.ofData(data).withChildren(members);
    return new Column(name, type, lengthOf(data), parts);
  }

  /**
   * Rows of several types, of which every child has its own rows.
   *
   * @param name the column's
   * @param typeIds those of the members, in order; 0 to 127
   * @param data the type id of each row, as int8
   * @param offsets where in the member each row is; int32 or int64
   * @param members columns of any number of rows
   * @return the column, whose members may have nulls
   * @throws IllegalArgumentException if data or offsets are not so
   */
  public static Column ofDenseUnion(
      String name,
      List<Integer> typeIds,
      TensorView data,
      TensorView offsets,
      List<Column> members) {
    LogicalType type = new LogicalType.Union(LogicalType.Union.Mode.DENSE, typeIds);
    ColumnParts parts = ColumnParts.ofData(data).withOffsets(offsets).withChildren(members);
    return new Column(name, type, lengthOf(data), parts);
  }

  /**
   * Values that are the same for several rows each.
   *
   * @param name the column's
   * @param rows which of the rows that the runs have
   * @param ends the row before which each run ends: int16, int32 or int64, without nulls
   * @param values one for each run
   * @return the column, whose values may have nulls
   * @throws IllegalArgumentException if the ends are not so, or there are more or fewer values
   */
  public static Column ofRuns(String name, RowRange rows, Column ends, Column values) {
    ColumnParts parts = ColumnParts.ofChildren(ends, values).startingAt(rows.first());
    return new Column(name, new LogicalType.RunEndEncoded(), rows.count(), parts);
  }

  private static long lengthOf(TensorView data) {
    return data.layout().ndim() == 0 ? 0 : data.layout().shape(0);
  }

  private static long rowsOf(TensorView offsets) {
    return Math.max(lengthOf(offsets) - 1, 0);
  }

  /**
   * The same, of which some rows are null.
   *
   * @param newValidity a bit for each row
   * @return the column
   * @throws IllegalArgumentException if there are fewer bits
   */
  public Column withValidity(Validity newValidity) {
    return new Column(name, type, rows, parts.withValidity(newValidity));
  }

  /**
   * The same under another name.
   *
   * @param newName the name
   * @return the column
   */
  public Column withName(String newName) {
    return new Column(newName, type, rows, parts);
  }

  /**
   * Some rows.
   *
   * @param from the first
   * @param count how many
   * @return a column over the same memory
   * @throws IndexOutOfBoundsException if there are no such rows
   */
  public Column slice(long from, long count) {
    Objects.checkFromIndexSize(from, count, rows);
    return new Column(name, type, count, parts.slice(type, from, count));
  }

  /**
   * The name.
   *
   * @return as given
   */
  public String name() {
    return name;
  }

  /**
   * What the values mean.
   *
   * @return the type, which also says which tensors there are
   */
  public LogicalType type() {
    return type;
  }

  /**
   * The number of rows.
   *
   * @return nulls included
   */
  public long rows() {
    return rows;
  }

  /**
   * Which rows of those that the tensors have, where they do not say it themselves.
   *
   * @return the rows; empty where data or offsets say it
   */
  public Optional<RowRange> range() {
    return type.form().saysRows()
        ? Optional.empty()
        : Optional.of(new RowRange(parts.first(), rows));
  }

  /**
   * The values, their bytes or bits, indices of them, or which type each has.
   *
   * @return the tensor
   * @throws IllegalStateException if the column has children instead
   */
  public TensorView data() {
    TensorView data = parts.data();
    if (data == null) {
      throw new IllegalStateException(
          "column %s: expected data but found %s; look at its children".formatted(name, type));
    }
    return data;
  }

  /**
   * Where each row begins and, unless there are sizes or type ids, where the last ends.
   *
   * @return the tensor; empty where all rows are of one length
   */
  public Optional<TensorView> offsets() {
    return Optional.ofNullable(parts.offsets());
  }

  /**
   * How many elements each row has.
   *
   * @return the tensor; empty where offsets say it
   */
  public Optional<TensorView> sizes() {
    return Optional.ofNullable(parts.sizes());
  }

  /**
   * Which rows are not null.
   *
   * @return a bit a row; empty if none is null
   */
  public Optional<Validity> validity() {
    return Optional.ofNullable(parts.validity());
  }

  /**
   * What lists are of, what structs and unions are made of, a dictionary, or runs.
   *
   * @return none for other types
   */
  public List<Column> children() {
    return parts.children();
  }

  /**
   * What a schema says of such a column.
   *
   * @return the field
   */
  public Field field() {
    Optional<DataType> storage = Optional.ofNullable(parts.data()).map(TensorView::dataType);
    List<Field> fields = parts.children().stream().map(Column::field).toList();
    return new Field(name, type, storage, parts.validity() != null, fields);
  }

  /** The field and the number of rows. */
  @Override
  public String toString() {
    return field() + ", " + rows + " rows";
  }
}
