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

  /** Of structs without members, of lists of nothing, and of what was refused: as it need be. */
  private static final long ANY = -1;

  private final Settings settings;
  private final List<TableViolation> violations;

  TableLengths(Settings settings, List<TableViolation> violations) {
    this.settings = settings;
    this.violations = violations;
  }

  /** The length of the table, which its columns have if there are no violations. */
  long check(List<ImportedColumn> columns) {
    long rows = settings.rows.orElseGet(() -> Math.max(first(columns), 0));
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
    return ANY;
  }

  /** As its first tensor says; that may have been refused, and then anything will do. */
  private static long rowsOf(ImportedColumn column) {
    return switch (column.type()) {
      case LogicalType.FixedListOf fixed -> {
        long elements = fixed.size() == 0 ? ANY : first(column.children());
        yield elements == ANY ? ANY : elements / fixed.size();
      }
      case LogicalType.Struct _ -> first(column.children());
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
    checkValidity(column, path, rows);
    switch (column.type()) {
      case LogicalType.FixedListOf fixed -> {
        long most = Long.MAX_VALUE / Math.max(fixed.size(), 1);
        if (rows <= most) {
          checkChildren(column, path, rows * fixed.size());
        } else {
          String expected = "at most %d rows of %d elements each".formatted(most, fixed.size());
          add(Code.LENGTH, path, Part.COLUMN, expected, rows);
        }
      }
      case LogicalType.Struct _ -> checkChildren(column, path, rows);
      case LogicalType type when type.form().hasOffsets() -> {
        long last = checkOffsets(column, path, rows);
        for (ImportedColumn child : column.children()) {
          long own = rowsOf(child);
          check(child, path + "." + child.name(), own == ANY ? last : own);
        }
      }
      default -> checkData(column, path, rows);
    }
  }

  private void checkChildren(ImportedColumn column, String path, long rows) {
    for (ImportedColumn child : column.children()) {
      check(child, path + "." + child.name(), rows);
    }
  }

  private void checkValidity(ImportedColumn column, String path, long rows) {
    column
        .validity()
        .ifPresent(
            validity -> {
              long bytes = bytesOf(rows, column.managed().skip());
              checkLength(validity, path, Part.VALIDITY, bytes, length(validity) >= bytes);
            });
  }

  private static long bytesOf(long rows, int skip) {
    return rows / Byte.SIZE + Math.ceilDiv((int) (rows % Byte.SIZE) + skip, Byte.SIZE);
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

  /** The last offset, if all that are looked at are as they should be, or else 0. */
  private long checkOffsets(ImportedColumn column, String path, long rows) {
    Optional<ImportedTensor> given = column.offsets();
    if (given.isEmpty()) {
      return 0;
    }
    ImportedTensor offsets = given.get();
    boolean none = rows == 0 && length(offsets) == 0;
    boolean fits = none || length(offsets) - 1 == rows;
    return checkLength(offsets, path, Part.OFFSETS, rows + 1, fits) && !none && offsets.isOnHost()
        ? checkOffsets(offsets.elements(), path, rows, end(column))
        : 0;
  }

  /** What offsets must not lead beyond. */
  private static long end(ImportedColumn column) {
    long end = ANY;
    if (!column.type().form().hasData()) {
      end = first(column.children());
    } else if (column.hasData()) {
      end = length(column.data());
    }
    return end == ANY ? Long.MAX_VALUE : end;
  }

  private long checkOffsets(TensorElements offsets, String path, long rows, long end) {
    long step = settings.allOffsets ? 1 : Math.max(rows, 1);
    long before = 0;
    for (long row = 0; row <= rows; row += step) {
      long offset = offsets.getLong(row);
      if (offset < before || offset > end) {
        String expected = "%d to %d at row %d".formatted(before, end, row);
        add(Code.OFFSETS, path, Part.OFFSETS, expected, offset);
        return 0;
      }
      before = offset;
    }
    return before;
  }

  private boolean checkLength(
      ImportedTensor tensor, String path, Part part, long expected, boolean fits) {
    if (!fits) {
      add(Code.LENGTH, path, part, Long.toUnsignedString(expected) + " elements", length(tensor));
    }
    return fits;
  }

  private void add(Code code, String path, Part part, String expected, long found) {
    violations.add(new TableViolation(code, path, part, expected, Long.toString(found)));
  }
}
