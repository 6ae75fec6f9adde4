package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/** A column of an {@link ImportedTable}: the tensors that it is made of live as long as that. */
public final class ImportedColumn {

  private final String name;
  private final LogicalType type;
  private final ManagedColumn managed;
  private final @Nullable ImportedTensor data;
  private final @Nullable ImportedTensor offsets;
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
      @Nullable ImportedTensor validity,
      List<ImportedColumn> children) {
    this.name = name;
    this.type = type;
    this.managed = managed;
    this.data = data;
    this.offsets = offsets;
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
    List<Column> parts = children.stream().map(ImportedColumn::column).toList();
    Column all =
        switch (type.form()) {
          case FLAT, FIXED_BYTES -> Column.of(name, type, data().view());
          case VARIABLE_BYTES -> Column.ofBytes(name, type, theOffsets().view(), data().view());
          case LIST -> Column.ofLists(name, theOffsets().view(), parts.get(0));
          case FIXED_LIST -> {
            int size = ((LogicalType.FixedListOf) type).size();
            yield Column.ofFixedLists(name, size, rows, parts.get(0));
          }
          case STRUCT -> Column.ofStructs(name, rows, parts);
        };
    return validity == null ? all : all.withValidity(new Validity(validity.view(), managed.skip()));
  }

  private ImportedTensor theOffsets() {
    return Objects.requireNonNull(offsets);
  }

  /**
   * The values, or their bytes.
   *
   * @return a tensor that cannot be closed or given away by itself
   * @throws IllegalStateException if the column is of lists or structs, which have children instead
   */
  public ImportedTensor data() {
    if (data == null) {
      throw new IllegalStateException(
          "column %s: expected data but found %s; look at its children".formatted(name, type));
    }
    return data;
  }

  /**
   * Where each row begins, and where the last ends.
   *
   * @return empty where all rows are of one length
   */
  public Optional<ImportedTensor> offsets() {
    return Optional.ofNullable(offsets);
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
   * What lists are of, and structs are made of.
   *
   * @return none for other types
   */
  public List<ImportedColumn> children() {
    return children;
  }

  /**
   * The values, by row.
   *
   * @return access that lives as long as the table
   * @throws IllegalStateException if the table is not held any more, or the column has no data
   * @throws UnsupportedOperationException if the CPU cannot read it
   */
  public TensorElements elements() {
    return data().elements();
  }

  /**
   * Whether a row has no value.
   *
   * @param row its number
   * @return false where none is null
   * @throws IndexOutOfBoundsException if there is no such row
   * @throws IllegalStateException if the table is not held any more
   * @throws UnsupportedOperationException if the CPU cannot read it
   */
  public boolean isNull(long row) {
    Objects.checkIndex(row, rows);
    if (validity == null) {
      return false;
    }
    long bit = row + managed.skip();
    byte bits = validity.segment().get(JAVA_BYTE, validity.firstElementOffset() + bit / Byte.SIZE);
    return (bits >> (bit % Byte.SIZE) & 1) == 0;
  }

  /** The name, the type and the number of rows. */
  @Override
  public String toString() {
    return "imported column " + name + " of " + type + ", " + rows + " rows";
  }

  /** In the order in which they were examined. */
  void addTensorsTo(List<ImportedTensor> tensors) {
    if (hasData()) {
      tensors.add(data());
    }
    offsets().ifPresent(tensors::add);
    validity().ifPresent(tensors::add);
    children.forEach(child -> child.addTensorsTo(tensors));
  }
}
