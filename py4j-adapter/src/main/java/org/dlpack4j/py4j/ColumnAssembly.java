package org.dlpack4j.py4j;

import java.util.List;
import java.util.function.UnaryOperator;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a column, and the column that they make.
 *
 * @param name of the column
 * @param type which parts there must be
 * @param range which rows of those that tensors have
 * @param data null if the type has none
 * @param offsets likewise
 * @param sizes likewise
 * @param validity null if no row is null
 * @param children as the type asks for
 */
record ColumnAssembly(
    String name,
    LogicalType type,
    RowRange range,
    @Nullable TensorView data,
    @Nullable TensorView offsets,
    @Nullable TensorView sizes,
    @Nullable Validity validity,
    List<Column> children) {

  /** A column's parts, each tensor and those of its children replaced. */
  static Column mapped(Column column, UnaryOperator<TensorView> replacement) {
    boolean hasData = column.type().form().hasData();
    return new ColumnAssembly(
            column.name(),
            column.type(),
            column.range().orElseGet(() -> new RowRange(0, column.rows())),
            hasData ? replacement.apply(column.data()) : null,
            column.offsets().map(replacement).orElse(null),
            column.sizes().map(replacement).orElse(null),
            column
                .validity()
                .map(bits -> new Validity(replacement.apply(bits.bytes()), bits.skip()))
                .orElse(null),
            column.children().stream().map(child -> mapped(child, replacement)).toList())
        .column();
  }

  /**
   * The column.
   *
   * @throws IllegalArgumentException if a part is missing, or does not fit
   */
  Column column() {
    checkParts();
    Column column =
        switch (type) {
          case LogicalType.Dictionary dictionary ->
              Column.ofIndices(name, dictionary, need(data), child());
          case LogicalType.MapOf map -> Column.ofMaps(name, map, need(offsets), child());
          case LogicalType.Union union ->
              union.mode() == LogicalType.Union.Mode.SPARSE
                  ? Column.ofSparseUnion(name, union.typeIds(), need(data), children)
                  : Column.ofDenseUnion(name, union.typeIds(), need(data), need(offsets), children);
          case LogicalType.FixedListOf list ->
              Column.ofFixedLists(name, list.size(), range.count(), child());
          default -> columnByForm();
        };
    return validity == null ? column : column.withValidity(validity);
  }

  private Column columnByForm() {
    return switch (type.form()) {
      case BITS -> Column.ofBits(name, range, need(data));
      case VARIABLE_BYTES -> Column.ofBytes(name, type, need(offsets), need(data));
      case LIST -> Column.ofLists(name, need(offsets), child());
      case LIST_VIEW -> Column.ofListViews(name, need(offsets), need(sizes), child());
      case STRUCT -> Column.ofStructs(name, range.count(), children);
      case RUNS -> Column.ofRuns(name, range, child(), children.getLast());
      default -> Column.of(name, type, need(data));
    };
  }

  private void checkParts() {
    Form form = type.form();
    check("data", data != null, form.hasData());
    check("offsets", offsets != null, form.hasOffsets());
    check("sizes", sizes != null, form.hasSizes());
    int fewest =
        switch (form) {
          case DICTIONARY, LIST, LIST_VIEW, FIXED_LIST -> 1;
          case RUNS -> 2;
          default -> 0;
        };
    boolean any = form == Form.STRUCT || type instanceof LogicalType.Union;
    if (!any && children.size() != fewest) {
      throw new IllegalArgumentException(
          "column %s: expected %d children of %s but found %d"
              .formatted(name, fewest, type, children.size()));
    }
    if (range.first() != 0 && !form.skipsRows()) {
      throw new IllegalArgumentException(
          "column %s: expected rows from 0 on of %s but found %d"
              .formatted(name, type, range.first()));
    }
  }

  private void check(String part, boolean found, boolean expected) {
    if (found != expected) {
      throw new IllegalArgumentException(
          "column %s: expected %s %s for %s"
              .formatted(name, expected ? "a tensor of" : "no", part, type));
    }
  }

  private Column child() {
    return children.getFirst();
  }

  /** There is one: the parts were checked. */
  private static TensorView need(@Nullable TensorView part) {
    if (part == null) {
      throw new AssertionError("a part that was checked");
    }
    return part;
  }
}
