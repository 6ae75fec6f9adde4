package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/** A column of an {@link ImportedTable}: the tensors that it is made of live as long as that. */
public final class ImportedColumn {

  private final String name;
  private final LogicalType type;
  private final ManagedColumn managed;
  private final @Nullable ImportedTensor data;
  private final @Nullable ImportedTensor offsets;
  private final @Nullable ImportedTensor sizes;
  private final @Nullable ImportedTensor validity;
  private final List<ImportedColumn> children;

  /** Set before anybody sees the column. */
  private long rows;

  private @Nullable Column column;

  ImportedColumn(
      String name,
      LogicalType type,
      ManagedColumn managed,
      @Nullable ImportedTensor data,
      @Nullable ImportedTensor offsets,
      @Nullable ImportedTensor sizes,
      @Nullable ImportedTensor validity,
      List<ImportedColumn> children) {
    this.name = name;
    this.type = type;
    this.managed = managed;
    this.data = data;
    this.offsets = offsets;
    this.sizes = sizes;
    this.validity = validity;
    this.children = children;
  }

  ManagedColumn managed() {
    return managed;
  }

  boolean hasData() {
    return data != null;
  }

  void setRows(long checked) {
    rows = checked;
  }

  /**
   * The name.
   *
   * @return the schema's
   */
  public String name() {
    return name;
  }

  /**
   * What the values mean.
   *
   * @return the schema's type
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
   * What it is, such as for an export.
   *
   * @return a column that owns nothing
   * @throws IllegalStateException if the table is not held any more
   */
  public Column column() {
    Column known = column;
    if (known == null) {
      known = describe();
      column = known;
    }
    return known;
  }

  private Column describe() {
    List<Column> parts = columns(children);
    Column all =
        switch (type) {
          case LogicalType.Bits _ -> Column.ofBits(name, range(), data().view());
          case LogicalType.Dictionary dictionary ->
              Column.ofIndices(name, dictionary, data().view(), parts.getFirst());
          case LogicalType.ListOf _ -> Column.ofLists(name, view(offsets), parts.getFirst());
          case LogicalType.MapOf map -> Column.ofMaps(name, map, view(offsets), parts.getFirst());
          case LogicalType.ListViewOf _ ->
              Column.ofListViews(name, view(offsets), view(sizes), parts.getFirst());
          case LogicalType.FixedListOf fixed ->
              Column.ofFixedLists(name, fixed.size(), rows, parts.getFirst());
          case LogicalType.Struct _ -> Column.ofStructs(name, rows, parts);
          case LogicalType.Union union when union.mode() == LogicalType.Union.Mode.SPARSE ->
              Column.ofSparseUnion(name, union.typeIds(), data().view(), parts);
          case LogicalType.Union union ->
              Column.ofDenseUnion(name, union.typeIds(), data().view(), view(offsets), parts);
          case LogicalType.RunEndEncoded _ ->
              Column.ofRuns(name, range(), parts.getFirst(), parts.getLast());
          case LogicalType bytes when bytes.form() == Form.VARIABLE_BYTES ->
              Column.ofBytes(name, bytes, view(offsets), data().view());
          default -> Column.of(name, type, data().view());
        };
    return validity == null ? all : all.withValidity(new Validity(validity.view(), managed.skip()));
  }

  static List<Column> columns(List<ImportedColumn> imported) {
    List<Column> columns = new ArrayList<>(imported.size());
    for (ImportedColumn column : imported) {
      columns.add(column.column());
    }
    return columns;
  }

  private static TensorView view(@Nullable ImportedTensor tensor) {
    return Objects.requireNonNull(tensor).view();
  }

  private RowRange range() {
    return managed.rows().orElseThrow();
  }

  /**
   * The values, their bytes or bits, indices of them, or which type each has.
   *
   * @return a tensor that cannot be closed or given away by itself
   * @throws IllegalStateException if the column has children instead
   */
  public ImportedTensor data() {
    if (data == null) {
      throw new IllegalStateException(
          "column %s: expected data but found %s; look at its children".formatted(name, type));
    }
    return data;
  }

  /**
   * Where each row begins and, unless there are sizes or type ids, where the last ends.
   *
   * @return empty where all rows are of one length
   */
  public Optional<ImportedTensor> offsets() {
    return Optional.ofNullable(offsets);
  }

  /**
   * How many elements each row has.
   *
   * @return empty where offsets say it
   */
  public Optional<ImportedTensor> sizes() {
    return Optional.ofNullable(sizes);
  }

  /**
   * The bytes whose bits say which rows are not null.
   *
   * @return empty if none is null
   */
  public Optional<ImportedTensor> validity() {
    return Optional.ofNullable(validity);
  }

  /**
   * What lists are of, what structs and unions are made of, a dictionary, or runs.
   *
   * @return none for other types
   */
  public List<ImportedColumn> children() {
    return children;
  }

  /**
   * What data has: the values by row, but bytes where several rows or no fixed number of rows have
   * one; see {@link #isSet}.
   *
   * @return access that lives as long as the table
   * @throws IllegalStateException if the table is not held any more, or the column has no data
   * @throws UnsupportedOperationException if the CPU cannot read it
   */
  public TensorElements elements() {
    return data().elements();
  }

  /**
   * A truth value of packed bits.
   *
   * @param row its number
   * @return whether its bit is set
   * @throws IndexOutOfBoundsException if there is no such row
   * @throws IllegalStateException if the table is not held any more, or the column is not of bits
   * @throws UnsupportedOperationException if the CPU cannot read it
   */
  public boolean isSet(long row) {
    Objects.checkIndex(row, rows);
    if (type.form() != Form.BITS) {
      throw new IllegalStateException(
          "column %s: expected bits but found %s; look at its elements".formatted(name, type));
    }
    return isSet(data(), range().first() + row);
  }

  private static boolean isSet(ImportedTensor bits, long bit) {
    byte eight = bits.segment().get(JAVA_BYTE, bits.firstElementOffset() + bit / Byte.SIZE);
    return (eight >> (bit % Byte.SIZE) & 1) != 0;
  }

  /**
   * Whether a row has no value of its own.
   *
   * @param row its number
   * @return false where none is null, and where only children have nulls
   * @throws IndexOutOfBoundsException if there is no such row
   * @throws IllegalStateException if the table is not held any more
   * @throws UnsupportedOperationException if the CPU cannot read it
   */
  public boolean isNull(long row) {
    Objects.checkIndex(row, rows);
    return validity != null && !isSet(validity, row + managed.skip());
  }

  /** The name, the type and the number of rows. */
  @Override
  public String toString() {
    return "imported column " + name + " of " + type + ", " + rows + " rows";
  }

  /** In the order in which they were examined. */
  void addTensorsTo(Collection<ImportedTensor> tensors) {
    if (hasData()) {
      tensors.add(data());
    }
    offsets().ifPresent(tensors::add);
    sizes().ifPresent(tensors::add);
    validity().ifPresent(tensors::add);
    children.forEach(child -> child.addTensorsTo(tensors));
  }

  /** Those that may lie where others of them do. */
  void addDictionariesTo(Collection<ImportedTensor> tensors) {
    for (ImportedColumn child : children) {
      if (type.form() == Form.DICTIONARY) {
        child.addTensorsTo(tensors);
      } else {
        child.addDictionariesTo(tensors);
      }
    }
  }
}
