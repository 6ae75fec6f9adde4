package org.dlpack4j.importing;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.dlpack4j.importing.TableImporter.Settings;
import org.dlpack4j.importing.TableViolation.Code;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.RowRange;

/** Whether all columns are equally long, and their tensors as long as that asks for. */
final class TableLengths {

  /** Of structs without members, of lists of nothing, and of what was refused: as it need be. */
  static final long ANY = -1;

  private final Settings settings;
  private final List<TableViolation> violations;
  private final TableValues values;

  TableLengths(Settings settings, List<TableViolation> violations) {
    this.settings = settings;
    this.violations = violations;
    this.values = new TableValues(settings.allOffsets, violations);
  }

  /** The length of the table, which its columns have if there are no violations. */
  long check(List<ImportedColumn> columns) {
    long rows = settings.rows.orElseGet(() -> Math.max(first(columns), 0));
    for (ImportedColumn column : columns) {
      check(column, column.name(), rows);
    }
    return rows;
  }

  static long first(List<ImportedColumn> columns) {
    for (ImportedColumn column : columns) {
      long rows = rowsOf(column);
      if (rows != ANY) {
        return rows;
      }
    }
    return ANY;
  }

  /** As it says, or its first tensor; that may have been refused, and then anything will do. */
  static long rowsOf(ImportedColumn column) {
    Form form = column.type().form();
    if (form.hasOffsets()) {
      int more = form.offsetsBeyondRows();
      return column.offsets().map(offsets -> Math.max(length(offsets) - more, 0)).orElse(ANY);
    }
    if (form.saysRows()) {
      return column.hasData() ? length(column.data()) : ANY;
    }
    return column.managed().rows().map(RowRange::count).orElseGet(() -> rowsByChildren(column));
  }

  private static long rowsByChildren(ImportedColumn column) {
    int each = column.type().rowsOfChildren().orElse(0);
    long rows = each == 0 ? ANY : first(column.children());
    return rows == ANY ? ANY : rows / each;
  }

  static long length(ImportedTensor tensor) {
    return tensor.shape(0);
  }

  private void check(ImportedColumn column, String path, long rows) {
    column.setRows(rows);
    checkRows(column, path, rows);
    checkValidity(column, path, rows);
    checkData(column, path, rows);
    if (column.type().form() == Form.FLAT) {
      return; // as most are, and have nothing else
    }
    long last = checkOffsets(column, path, rows);
    values.check(column, path, rows);
    checkChildren(column, path, rows, last);
  }

  /** The first row need not be the first that tensors have, if these do not say which it is. */
  private void checkRows(ImportedColumn column, String path, long rows) {
    Form form = column.type().form();
    Optional<RowRange> given = column.managed().rows();
    if (given.isEmpty()) {
      if (form.skipsRows()) {
        String expected =
            "the rows of " + column.type() + " to be given, as its tensors do not say them,";
        violations.add(new TableViolation(Code.ROWS, path, Part.COLUMN, expected, "none"));
      }
      return;
    }
    long first = given.get().first();
    if (first != 0 && !form.skipsRows()) {
      add(Code.ROWS, path, Part.COLUMN, "rows from 0 on, where its tensors begin,", first);
    }
    if (given.get().count() != rows) {
      add(Code.LENGTH, path, Part.COLUMN, rows + " rows", given.get().count());
    }
  }

  private void checkChildren(ImportedColumn column, String path, long rows, long last) {
    OptionalInt each = column.type().rowsOfChildren();
    long most = Long.MAX_VALUE / Math.max(each.orElse(1), 1);
    if (rows > most) {
      String expected = "at most %d rows of %d elements each".formatted(most, each.orElse(1));
      add(Code.LENGTH, path, Part.COLUMN, expected, rows);
      return;
    }
    boolean alike = column.type().form() == Form.RUNS;
    long runs = alike ? Math.max(first(column.children()), 0) : 0;
    for (int i = 0; i < column.children().size(); i++) {
      ImportedColumn child = column.children().get(i);
      long own = each.isPresent() ? rows * each.getAsInt() : alike ? runs : rowsOf(child);
      if (own == ANY) {
        own = Math.max(last, values.rowsLedTo(column, i, rows));
      }
      check(child, path + "." + child.name(), own);
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

  static long bytesOf(long rows, long skip) {
    long bits = rows % Byte.SIZE + skip % Byte.SIZE;
    return rows / Byte.SIZE + skip / Byte.SIZE + Math.ceilDiv(bits, Byte.SIZE);
  }

  private void checkData(ImportedColumn column, String path, long rows) {
    if (!column.hasData()) {
      return;
    }
    ImportedTensor data = column.data();
    switch (column.type().form()) {
      case VARIABLE_BYTES -> {} // as long as offsets say
      case BITS -> {
        long first = column.managed().rows().map(RowRange::first).orElse(0L);
        long bytes = bytesOf(rows, first);
        checkLength(data, path, Part.DATA, bytes, length(data) >= bytes);
      }
      case FIXED_BYTES -> {
        checkLength(data, path, Part.DATA, rows, length(data) == rows);
        int width = column.type().width();
        if (data.shape(1) != width) {
          add(Code.LENGTH, path, Part.DATA, width + " bytes a row", data.shape(1));
        }
      }
      default -> checkLength(data, path, Part.DATA, rows, length(data) == rows);
    }
  }

  /** The last offset, if all that are looked at are as they should be, or else 0. */
  private long checkOffsets(ImportedColumn column, String path, long rows) {
    column
        .sizes()
        .ifPresent(sizes -> checkLength(sizes, path, Part.SIZES, rows, length(sizes) == rows));
    ImportedTensor offsets = column.offsets().orElse(null);
    if (offsets == null) {
      return 0;
    }
    int more = column.type().form().offsetsBeyondRows();
    boolean none = rows == 0 && length(offsets) == 0;
    boolean fits = none || length(offsets) - more == rows;
    return checkLength(offsets, path, Part.OFFSETS, rows + more, fits) && !none && more != 0
        ? values.checkRising(column, offsets, path, rows)
        : 0;
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
