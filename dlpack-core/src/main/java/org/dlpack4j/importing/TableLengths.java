package org.dlpack4j.importing;

import java.util.List;
import java.util.Optional;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.TableImporter.Settings;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.table.LogicalType;

/** Whether all columns are equally long, and their tensors as long as that asks for. */
final class TableLengths {

  /** Of structs without members, and lists of nothing: as long as they need to be. */
  private static final long ANY = -1;

  private final Settings settings;
  private final List<TableViolation> violations;

  TableLengths(Settings settings, List<TableViolation> violations) {
    this.settings = settings;
    this.violations = violations;
  }

  /** The length of the table, which its columns have if there are no violations. */
  long check(List<ImportedColumn> columns) {
    long rows = settings.rows.orElseGet(() -> first(columns));
    for (ImportedColumn column : columns) {
      check(column, column.name(), rows);
    }
    return rows;
  }

  private static long first(List<ImportedColumn> columns) {
    for (ImportedColumn column : columns) {
      long rows = rowsOf(column);
      if (rows != ANY) {
        return rows;
      }
    }
    return 0;
  }

  /** As its first tensor says; that may have been refused, and then anything will do. */
  private static long rowsOf(ImportedColumn column) {
    return switch (column.type()) {
      case LogicalType.FixedListOf fixed -> {
        long elements = fixed.size() == 0 ? ANY : first(column.children());
        yield elements == ANY ? ANY : elements / fixed.size();
      }
      case LogicalType.Struct _ -> column.children().isEmpty() ? ANY : first(column.children());
      case LogicalType type when type.form().hasOffsets() ->
          column.offsets().map(offsets -> Math.max(length(offsets) - 1, 0)).orElse(ANY);
      default -> column.hasData() ? length(column.data()) : ANY;
    };
  }

  private static long length(ImportedTensor tensor) {
    return tensor.shape(0);
  }

  private void check(ImportedColumn column, String path, long rows) {
    column.setRows(rows);
    switch (column.type().form()) {
      case FLAT, FIXED_BYTES -> checkData(column, path, rows);
      case VARIABLE_BYTES, LIST -> checkOffsets(column, path, rows);
      default -> {} // has children only
    }
    column
        .validity()
        .ifPresent(
            validity -> {
              long bytes = bytesOf(rows, column.managed().skip());
              checkLength(validity, path, Part.VALIDITY, bytes, length(validity) >= bytes);
            });
    for (ImportedColumn child : column.children()) {
      check(child, path + "." + child.name(), childRows(column, child, rows));
    }
  }

  private static long bytesOf(long rows, int skip) {
    return rows / Byte.SIZE + Math.ceilDiv((int) (rows % Byte.SIZE) + skip, Byte.SIZE);
  }

  private static long childRows(ImportedColumn column, ImportedColumn child, long rows) {
    return switch (column.type()) {
      case LogicalType.FixedListOf fixed ->
          // Beyond a long there is no child so long, so that any length is refused.
          Math.multiplyHigh(rows, fixed.size()) == 0 && rows * fixed.size() >= 0
              ? rows * fixed.size()
              : Long.MAX_VALUE;
      case LogicalType.Struct _ -> rows;
      default -> Math.max(rowsOf(child), 0);
    };
  }

  private void checkData(ImportedColumn column, String path, long rows) {
    if (!column.hasData()) {
      return;
    }
    ImportedTensor data = column.data();
    checkLength(data, path, Part.DATA, rows, length(data) == rows);
    if (column.type() instanceof LogicalType.FixedBinary fixed && data.shape(1) != fixed.width()) {
      String expected = fixed.width() + " bytes a row";
      add(Code.LENGTH, path, Part.DATA, expected, data.shape(1));
    }
  }

  private void checkOffsets(ImportedColumn column, String path, long rows) {
    Optional<ImportedTensor> given = column.offsets();
    if (given.isEmpty()) {
      return;
    }
    ImportedTensor offsets = given.get();
    boolean none = rows == 0 && length(offsets) == 0;
    if (!checkLength(offsets, path, Part.OFFSETS, rows + 1, none || length(offsets) == rows + 1)
        || none
        || !offsets.isOnHost()) {
      return;
    }
    long end = end(column);
    if (end != ANY) {
      checkOffsets(offsets.elements(), path, rows, end);
    }
  }

  /** What offsets must not lead beyond. */
  private static long end(ImportedColumn column) {
    if (column.type().form().hasData()) {
      return column.hasData() ? length(column.data()) : ANY;
    }
    return column.children().isEmpty() ? ANY : Math.max(rowsOf(column.children().get(0)), 0);
  }

  private void checkOffsets(TensorElements offsets, String path, long rows, long end) {
    long step = settings.allOffsets ? 1 : Math.max(rows, 1);
    long before = 0;
    for (long row = 0; row <= rows; row += step) {
      long offset = offsets.getLong(row);
      if (offset < before || offset > end) {
        String expected = "%d to %d at row %d".formatted(before, end, row);
        add(Code.OFFSETS, path, Part.OFFSETS, expected, offset);
        return;
      }
      before = offset;
    }
  }

  private boolean checkLength(
      ImportedTensor tensor, String path, Part part, long expected, boolean fits) {
    if (!fits) {
      add(Code.LENGTH, path, part, expected + " elements", length(tensor));
    }
    return fits;
  }

  private void add(Code code, String path, Part part, String expected, long found) {
    violations.add(new TableViolation(code, path, part, expected, Long.toString(found)));
  }
}
