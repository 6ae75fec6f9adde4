package org.dlpack4j.table;

import java.util.List;
import java.util.OptionalInt;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.jspecify.annotations.Nullable;

/**
 * What a column is made of: what its form asks for, and nothing else.
 *
 * @param first how many rows there are before the column's; 0 where tensors begin with it
 */
record ColumnParts(
    @Nullable TensorView data,
    @Nullable TensorView offsets,
    @Nullable TensorView sizes,
    @Nullable Validity validity,
    long first,
    List<Column> children) {

  ColumnParts {
    children = List.copyOf(children);
  }

  static ColumnParts ofData(TensorView data) {
    return new ColumnParts(data, null, null, null, 0, List.of());
  }

  static ColumnParts ofChildren(Column... children) {
    return new ColumnParts(null, null, null, null, 0, List.of(children));
  }

  ColumnParts withOffsets(TensorView newOffsets) {
    return new ColumnParts(data, newOffsets, sizes, validity, first, children);
  }

  ColumnParts withSizes(TensorView newSizes) {
    return new ColumnParts(data, offsets, newSizes, validity, first, children);
  }

  ColumnParts withValidity(Validity newValidity) {
    return new ColumnParts(data, offsets, sizes, newValidity, first, children);
  }

  ColumnParts withChildren(List<Column> newChildren) {
    return new ColumnParts(data, offsets, sizes, validity, first, newChildren);
  }

  ColumnParts startingAt(long newFirst) {
    return new ColumnParts(data, offsets, sizes, validity, newFirst, children);
  }

  /** Those of some rows, over the same memory. */
  ColumnParts slice(LogicalType type, long from, long count) {
    Form form = type.form();
    Validity newValidity = validity == null ? null : validity.slice(from, count);
    ColumnParts part =
        new ColumnParts(
            form.data() == Form.Data.BY_ROW ? slice(data, from, count) : data,
            slice(offsets, from, count + form.offsetsBeyondRows()),
            slice(sizes, from, count),
            newValidity,
            form.skipsRows() ? first + from : 0,
            slicedChildren(type.rowsOfChildren(), from, count));
    return form == Form.BITS ? part.withoutUnusedBytes(count) : part;
  }

  /** There may be no offsets at all where there are no rows. */
  private static @Nullable TensorView slice(@Nullable TensorView view, long from, long count) {
    return view == null || view.layout().isEmpty()
        ? view
        : view.withLayout(view.layout().slice(0, from, from + count, 1));
  }

  private List<Column> slicedChildren(OptionalInt each, long from, long count) {
    return each.isEmpty()
        ? children
        : children.stream()
            .map(child -> child.slice(from * each.getAsInt(), count * each.getAsInt()))
            .toList();
  }

  private ColumnParts withoutUnusedBytes(long rows) {
    TensorView bytes = data;
    if (bytes == null) {
      return this;
    }
    PackedBits bits = new PackedBits(bytes, first).slice(0, rows);
    return new ColumnParts(bits.bytes(), null, null, validity, bits.skip(), children);
  }

  /** Throws if this is not what a column of a type and so many rows is made of. */
  void check(String name, LogicalType type, long rows) {
    Form form = type.form();
    if (data != null && !(fits(data, type, rows) && type.accepts(data.dataType()))) {
      throw wrong(name, "data of " + type, data);
    }
    if (offsets != null && !form.hasOffsets()) {
      throw wrong(name, "no offsets of " + type, offsets);
    }
    if (form.hasOffsets()) {
      // No offsets at all also mean no rows.
      long expected = rows == 0 && isEmpty(offsets) ? 0 : rows + form.offsetsBeyondRows();
      checkPlaces(name, "offsets", type, offsets, expected);
    }
    if (form.hasSizes()) {
      checkPlaces(name, "sizes", type, sizes, rows);
    }
    checkValidity(name, type, rows);
    if (!Columns.areNone(type, children)) {
      checkChildren(name, type, rows);
    }
  }

  private static boolean isEmpty(@Nullable TensorView view) {
    return view != null && view.layout().isEmpty();
  }

  private boolean fits(TensorView view, LogicalType type, long rows) {
    TensorLayout layout = view.layout();
    return switch (type.form().data()) {
      case NONE -> false;
      case BY_ROW ->
          type.form() == Form.FIXED_BYTES
              ? layout.ndim() == 2 && layout.shape(0) == rows && layout.shape(1) == type.width()
              : layout.ndim() == 1 && layout.shape(0) == rows;
      case BY_BIT -> PackedBits.fit(view) && new PackedBits(view, first).rows() >= rows;
      case BY_OFFSET -> layout.ndim() == 1 && layout.isContiguous();
    };
  }

  private static void checkPlaces(
      String name, String what, LogicalType type, @Nullable TensorView view, long expected) {
    if (view == null) {
      throw new IllegalArgumentException(
          "column %s: expected %s of %s but found none; use the method for it"
              .formatted(name, what, type));
    }
    DataType storage = view.dataType();
    boolean fits =
        view.layout().ndim() == 1
            && view.layout().isContiguous()
            && view.layout().shape(0) == expected
            && (storage.equals(DataType.INT32) || storage.equals(DataType.INT64));
    if (!fits) {
      String count = type.form().offsetsBeyondRows() == 0 ? "one a row" : "one more than rows";
      throw wrong(name, what + " of int32 or int64, " + count + ", without gaps", view);
    }
  }

  private void checkValidity(String name, LogicalType type, long rows) {
    if (validity == null) {
      return;
    }
    if (!type.form().hasValidity()) {
      throw wrong(name, "no validity, as only children of " + type + " do,", validity.bytes());
    }
    if (validity.rows() < rows) {
      throw wrong(name, "validity of %d rows".formatted(rows), validity.bytes());
    }
  }

  private void checkChildren(String name, LogicalType type, long rows) {
    Columns.checkChildren("column " + name, type, children.stream().map(Column::field).toList());
    OptionalInt each = type.rowsOfChildren();
    for (Column child : children) {
      long expected = child.rows();
      if (each.isPresent()) {
        expected = Math.multiplyExact(rows, (long) each.getAsInt());
      } else if (type.form() == Form.RUNS) {
        expected = children.getFirst().rows();
      }
      if (child.rows() != expected) {
        throw new IllegalArgumentException(
            "column %s: expected %d rows of child %s but found %d"
                .formatted(name, expected, child.name(), child.rows()));
      }
    }
  }

  private static IllegalArgumentException wrong(String name, String expected, TensorView found) {
    return new IllegalArgumentException(
        "column %s: expected %s but found %s".formatted(name, expected, found));
  }
}
