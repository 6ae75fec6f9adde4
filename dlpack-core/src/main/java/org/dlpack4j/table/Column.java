package org.dlpack4j.table;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.LogicalType.Form;
import org.jspecify.annotations.Nullable;

/**
 * A column: a name, what its values mean, and the tensors that it is made of. Describes and owns
 * nothing. Every part of it is in place, however it was cut.
 */
public final class Column {

  private final String name;
  private final LogicalType type;
  private final long rows;
  private final @Nullable TensorView data;
  private final @Nullable TensorView offsets;
  private final @Nullable Validity validity;
  private final List<Column> children;

  private Column(
      String name,
      LogicalType type,
      long rows,
      @Nullable TensorView data,
      @Nullable TensorView offsets,
      @Nullable Validity validity,
      List<Column> children) {
    this.name = name;
    this.type = type;
    this.rows = rows;
    this.data = data;
    this.offsets = offsets;
    this.validity = validity;
    this.children = List.copyOf(children);
    checkData();
    checkOffsets();
    checkChildren();
    if (validity != null && validity.rows() < rows) {
      throw wrong("validity of %d rows".formatted(rows), validity.bytes());
    }
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
    long rows = data.layout().ndim() == 0 ? 0 : data.layout().shape(0);
    return new Column(name, type, rows, data, null, null, List.of());
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
    return new Column(name, type, rowsOf(offsets), data, offsets, null, List.of());
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
    return new Column(
        name, new LogicalType.ListOf(), rowsOf(offsets), null, offsets, null, List.of(elements));
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
        name, new LogicalType.FixedListOf(size), rows, null, null, null, List.of(elements));
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
    return new Column(name, new LogicalType.Struct(), rows, null, null, null, members);
  }

  private static long rowsOf(TensorView offsets) {
    // No offsets at all also mean no rows.
    return offsets.layout().isEmpty() ? 0 : offsets.layout().elementCount() - 1;
  }

  /**
   * The same, of which some rows are null.
   *
   * @param newValidity a bit for each row
   * @return the column
   * @throws IllegalArgumentException if there are fewer bits
   */
  public Column withValidity(Validity newValidity) {
    return new Column(name, type, rows, data, offsets, newValidity, children);
  }

  /**
   * The same under another name.
   *
   * @param newName the name
   * @return the column
   */
  public Column withName(String newName) {
    return new Column(newName, type, rows, data, offsets, validity, children);
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
    long end = from + count;
    TensorView newOffsets = offsets;
    if (offsets != null && !offsets.layout().isEmpty()) {
      newOffsets = offsets.withLayout(offsets.layout().slice(0, from, end + 1, 1));
    }
    Validity newValidity = validity == null ? null : validity.slice(from, count);
    return switch (type.form()) {
      case FLAT, FIXED_BYTES -> {
        TensorView part = data().withLayout(data().layout().slice(0, from, end, 1));
        yield new Column(name, type, count, part, null, newValidity, children);
      }
      case VARIABLE_BYTES, LIST ->
          new Column(name, type, count, data, newOffsets, newValidity, children);
      case FIXED_LIST -> {
        int size = ((LogicalType.FixedListOf) type).size();
        List<Column> parts = List.of(children.get(0).slice(from * size, count * size));
        yield new Column(name, type, count, null, null, newValidity, parts);
      }
      case STRUCT -> {
        List<Column> parts = children.stream().map(child -> child.slice(from, count)).toList();
        yield new Column(name, type, count, null, null, newValidity, parts);
      }
    };
  }

  private void checkData() {
    TensorView view = data;
    if (view == null) {
      return;
    }
    Form form = type.form();
    TensorLayout layout = view.layout();
    boolean fits =
        switch (form) {
          case FLAT -> layout.ndim() == 1;
          case FIXED_BYTES ->
              layout.ndim() == 2 && layout.shape(1) == ((LogicalType.FixedBinary) type).width();
          case VARIABLE_BYTES -> layout.ndim() == 1 && layout.isContiguous();
          default -> false;
        };
    if (!fits || !type.accepts(view.dataType())) {
      throw wrong("data of " + type, view);
    }
  }

  private void checkOffsets() {
    TensorView view = offsets;
    if (view == null) {
      if (type.form().hasOffsets()) {
        throw new IllegalArgumentException(
            "column %s: expected offsets of %s but found none; use ofBytes or ofLists"
                .formatted(name, type));
      }
      return;
    }
    DataType storage = view.dataType();
    boolean fits =
        type.form().hasOffsets()
            && view.layout().ndim() == 1
            && view.layout().isContiguous()
            && (storage.equals(DataType.INT32) || storage.equals(DataType.INT64));
    if (!fits) {
      throw wrong("offsets of int32 or int64, one more than rows, without gaps", view);
    }
  }

  private void checkChildren() {
    Columns.checkChildren("column " + name, type, children.stream().map(Column::name).toList());
    for (Column child : children) {
      long expected =
          switch (type) {
            case LogicalType.FixedListOf fixed -> Math.multiplyExact(rows, (long) fixed.size());
            case LogicalType.Struct _ -> rows;
            default -> child.rows;
          };
      if (child.rows != expected) {
        throw new IllegalArgumentException(
            "column %s: expected %d rows of child %s but found %d"
                .formatted(name, expected, child.name, child.rows));
      }
    }
  }

  private IllegalArgumentException wrong(String expected, TensorView found) {
    return new IllegalArgumentException(
        "column %s: expected %s but found %s".formatted(name, expected, found));
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
   * The values, or their bytes.
   *
   * @return the tensor
   * @throws IllegalStateException if the column is of lists or structs, which have children instead
   */
  public TensorView data() {
    if (data == null) {
      throw new IllegalStateException(
          "column %s: expected data but found %s; look at its children".formatted(name, type));
    }
    return data;
  }

  /**
   * Where each row begins, and where the last ends.
   *
   * @return the tensor; empty where all rows are of one length
   */
  public Optional<TensorView> offsets() {
    return Optional.ofNullable(offsets);
  }

  /**
   * Which rows are not null.
   *
   * @return a bit a row; empty if none is null
   */
  public Optional<Validity> validity() {
    return Optional.ofNullable(validity);
  }

  /**
   * What lists are of, and structs are made of.
   *
   * @return none for other types
   */
  public List<Column> children() {
    return children;
  }

  /**
   * What a schema says of such a column.
   *
   * @return the field
   */
  public Field field() {
    Optional<DataType> storage = Optional.ofNullable(data).map(TensorView::dataType);
    List<Field> fields = children.stream().map(Column::field).toList();
    return new Field(name, type, storage, validity != null, fields);
  }

  /** The field and the number of rows. */
  @Override
  public String toString() {
    return field() + ", " + rows + " rows";
  }
}
