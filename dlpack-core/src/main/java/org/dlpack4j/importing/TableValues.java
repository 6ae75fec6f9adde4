package org.dlpack4j.importing;

import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.RowRange;
import org.jspecify.annotations.Nullable;

/**
 * Whether what leads to other rows leads to some that there are: offsets, sizes, type ids, indices
 * and the ends of runs. Lengths have been looked at, but may have been found to be wrong.
 */
final class TableValues {

  private final boolean all;
  private final List<TableViolation> violations;

  /** Looks at all rows, or at the first and the last. */
  TableValues(boolean all, List<TableViolation> violations) {
    this.all = all;
    this.violations = violations;
  }

  /** The last of some offsets, one more than rows, on any device; 0 if something is wrong. */
  long checkRising(ImportedColumn column, ImportedTensor offsets, String path, long rows) {
    if (!offsets.isOnHost()) {
      return 0;
    }
    TensorElements places = offsets.elements();
    long end = end(column);
    long step = all ? 1 : Math.max(rows, 1);
    long before = 0;
    for (long row = 0; row <= rows; row += step) {
      long offset = places.getLong(row);
      if (offset < before || offset > end) {
        add(Code.OFFSETS, path, Part.OFFSETS, range(before, end, row), offset);
        return 0;
      }
      before = offset;
    }
    return before;
  }

  /** What offsets must not lead beyond. */
  private static long end(ImportedColumn column) {
    if (column.type().form().hasData()) {
      return column.hasData() ? TableLengths.length(column.data()) : Long.MAX_VALUE;
    }
    return rowsOf(column.children(), 0);
  }

  /** Of what was refused, or is not there, there are as many as need be. */
  private static long rowsOf(List<ImportedColumn> children, int index) {
    long rows = index < children.size() ? TableLengths.rowsOf(children.get(index)) : -1;
    return rows == TableLengths.ANY ? Long.MAX_VALUE : rows;
  }

  void check(ImportedColumn column, String path, long rows) {
    switch (column.type()) {
      case LogicalType.ListViewOf _ -> checkViews(column, path, rows);
      case LogicalType.Dictionary _ -> checkIndices(column, path, rows);
      case LogicalType.Union union -> checkTypeIds(column, union, path, rows);
      case LogicalType.RunEndEncoded _ -> checkRuns(column, path, rows);
      default -> {} // leads nowhere, or by rising offsets
    }
  }

  /** The rows of a child that rows lead to in any order; 0 where they do not. */
  long rowsLedTo(ImportedColumn column, int child, long rows) {
    return switch (column.type()) {
      case LogicalType.ListViewOf _ -> {
        TensorElements offsets = readable(column.offsets().orElse(null), rows);
        TensorElements sizes = readable(column.sizes().orElse(null), rows);
        yield offsets == null || sizes == null
            ? 0
            : most(rows, row -> end(offsets.getLong(row), sizes.getLong(row)));
      }
      case LogicalType.Dictionary _ -> {
        TensorElements indices = column.hasData() ? readable(column.data(), rows) : null;
        boolean isOne =
            column.validity().isEmpty() && indices != null && isOneElement(column.data());
        yield indices == null || !canTellNulls(column, rows)
            ? 0
            : most(
                isOne ? Math.min(rows, 1) : rows,
                row -> column.isNull(row) ? 0 : indices.getLong(row) + 1);
      }
      case LogicalType.Union union -> {
        TensorElements ids = column.hasData() ? readable(column.data(), rows) : null;
        TensorElements offsets = readable(column.offsets().orElse(null), rows);
        long id = union.typeIds().get(child);
        yield ids == null || offsets == null
            ? 0
            : most(rows, row -> ids.getLong(row) == id ? offsets.getLong(row) + 1 : 0);
      }
      default -> 0;
    };
  }

  /** Below 0 where there is none that can be. */
  private static long end(long offset, long size) {
    return offset < 0 || size < 0 ? -1 : offset + size;
  }

  /** Of those that are looked at; 0 or more. */
  private long most(long rows, LongUnaryOperator ends) {
    long[] most = {0};
    boolean ignored =
        forEach(
            rows,
            row -> {
              most[0] = Math.max(most[0], ends.applyAsLong(row));
              return true;
            });
    return most[0];
  }

  private void checkViews(ImportedColumn column, String path, long rows) {
    TensorElements offsets = readable(column.offsets().orElse(null), rows);
    TensorElements sizes = readable(column.sizes().orElse(null), rows);
    if (offsets == null || sizes == null) {
      return;
    }
    long end = rowsOf(column.children(), 0);
    forEach(
        rows,
        row -> {
          long offset = offsets.getLong(row);
          long size = sizes.getLong(row);
          if (offset < 0 || offset > end) {
            return add(Code.OFFSETS, path, Part.OFFSETS, range(0, end, row), offset);
          }
          return (size >= 0 && size <= end - offset)
              || add(Code.OFFSETS, path, Part.SIZES, range(0, end - offset, row), size);
        });
  }

  private void checkIndices(ImportedColumn column, String path, long rows) {
    TensorElements indices = column.hasData() ? readable(column.data(), rows) : null;
    if (indices == null || !canTellNulls(column, rows)) {
      return;
    }
    long most = rowsOf(column.children(), 0) - 1;
    boolean isOne = column.validity().isEmpty() && isOneElement(column.data());
    forEach(
        isOne ? Math.min(rows, 1) : rows,
        row -> {
          long index = indices.getLong(row);
          return (index >= 0 && index <= most)
              || column.isNull(row)
              || add(Code.INDICES, path, Part.DATA, range(0, most, row), index);
        });
  }

  /** An index that is null may be anything. */
  private static boolean canTellNulls(ImportedColumn column, long rows) {
    ImportedTensor validity = column.validity().orElse(null);
    int skip = column.managed().skip();
    return validity == null
        || (validity.isOnHost()
            && skip >= 0
            && skip < Byte.SIZE
            && TableLengths.length(validity) >= TableLengths.bytesOf(rows, skip));
  }

  private void checkTypeIds(
      ImportedColumn column, LogicalType.Union union, String path, long rows) {
    TensorElements ids = column.hasData() ? readable(column.data(), rows) : null;
    if (ids == null) {
      return;
    }
    TensorElements offsets = readable(column.offsets().orElse(null), rows);
    boolean isOne = offsets == null && isOneElement(column.data());
    forEach(
        isOne ? Math.min(rows, 1) : rows,
        row -> {
          long id = ids.getLong(row);
          int child = union.typeIds().indexOf((int) id);
          if (child < 0) {
            String expected = "one of %s at row %d".formatted(union.typeIds(), row);
            return add(Code.TYPE_IDS, path, Part.DATA, expected, id);
          }
          long most = rowsOf(column.children(), child) - 1;
          long offset = offsets == null ? 0 : offsets.getLong(row);
          return offsets == null
              || (offset >= 0 && offset <= most)
              || add(Code.OFFSETS, path, Part.OFFSETS, range(0, most, row), offset);
        });
  }

  private void checkRuns(ImportedColumn column, String path, long rows) {
    ImportedColumn child = column.children().isEmpty() ? null : column.children().getFirst();
    if (child == null || !child.hasData() || !child.data().isOnHost()) {
      return;
    }
    long runs = TableLengths.length(child.data());
    TensorElements ends = child.elements();
    long[] last = {0};
    boolean rising =
        forEach(
            runs,
            run -> {
              long before = last[0];
              last[0] = ends.getLong(run);
              return last[0] > before
                  || add(Code.RUN_ENDS, path, Part.COLUMN, above(before, run), last[0]);
            });
    long first = column.managed().rows().map(RowRange::first).orElse(0L);
    if (rising && rows > 0 && last[0] - first < rows) {
      String expected = "a last run that ends at %d or later".formatted(first + rows);
      add(Code.RUN_ENDS, path, Part.COLUMN, expected, last[0]);
    }
  }

  /** Whether it is one element for any number of rows, which nobody should have to look at. */
  private static boolean isOneElement(ImportedTensor data) {
    return data.stride(0) == 0;
  }

  private static @Nullable TensorElements readable(@Nullable ImportedTensor tensor, long rows) {
    return tensor != null && tensor.isOnHost() && TableLengths.length(tensor) == rows
        ? tensor.elements()
        : null;
  }

  /** Whether it is so of all that are looked at; looks at none after one of which it is not. */
  private boolean forEach(long count, LongPredicate check) {
    long step = all ? 1 : Math.max(count - 1, 1);
    for (long row = 0; row < count; row += step) {
      if (!check.test(row)) {
        return false;
      }
    }
    return true;
  }

  private static String range(long low, long high, long row) {
    return "%d to %d at row %d".formatted(low, high, row);
  }

  private static String above(long before, long run) {
    return "more than %d at run %d".formatted(before, run);
  }

  /** False, for those who say whether all is well. */
  private boolean add(Code code, String path, Part part, String expected, long found) {
    violations.add(new TableViolation(code, path, part, expected, Long.toString(found)));
    return false;
  }
}
