package org.dlpack4j.importing;

import java.io.Serializable;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One reason not to adopt a table.
 *
 * @param code what is wrong
 * @param column whose tensor it is, with the names of the columns around it, such as {@code
 *     tags.item}; empty if it is about the table
 * @param part which of the column's tensors
 * @param expected what would have been accepted; for a {@link Code#TENSOR} the tensor's violation
 *     says it
 * @param found what was found, for people
 * @param tensor the tensor's own violation for a {@link Code#TENSOR}, else null
 */
public record TableViolation(
    Code code, String column, Part part, String expected, String found, @Nullable Violation tensor)
    implements Serializable {

  TableViolation(Code code, String column, Part part, String expected, String found) {
    this(code, column, part, expected, found, null);
  }

  TableViolation(String column, Part part, Violation tensor) {
    this(Code.TENSOR, column, part, "", tensor.toString(), tensor);
  }

  /** What can be wrong with a table, or with a column of it. */
  public enum Code {
    /** A tensor is refused by itself. */
    TENSOR,
    /** There are more or fewer columns than the schema has, or children than a field has. */
    COLUMN_COUNT,
    /** A tensor that the column's type needs is NULL. */
    MISSING_TENSOR,
    /** A tensor that the column's type has no use for is not NULL, or nulls are not allowed. */
    UNEXPECTED_TENSOR,
    /** The data is of another type than the schema's, signedness included. */
    DATA_TYPE,
    /** A tensor has more or fewer elements than the table's rows ask for. */
    LENGTH,
    /** Offsets decrease where they must not, or lead out of what they are into, if with sizes. */
    OFFSETS,
    /** A row's type id is none of the union's. */
    TYPE_IDS,
    /** An index leads out of its dictionary. */
    INDICES,
    /** Runs do not end one after another, or end before the last row does. */
    RUN_ENDS,
    /** The bits of a validity to skip are not 0 to 7. */
    SKIP,
    /** Nothing says which rows, or rows are to be skipped where tensors begin with the first. */
    ROWS,
    /** One tensor is given twice: it has one deleter call only. */
    DUPLICATE,
    /** A tensor may be written where another one lies. */
    ALIASING
  }

  /** The tensors of a column. */
  public enum Part {
    /** All of it. */
    COLUMN,
    /** The values. */
    DATA,
    /** Where rows begin. */
    OFFSETS,
    /** How many elements rows have. */
    SIZES,
    /** Which rows are not null. */
    VALIDITY;

    /** The word for it, such as {@code data}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Such as {@code column x, data: expected int64 but found uint64}. */
  @Override
  public String toString() {
    String where =
        (column.isEmpty() ? "table" : "column " + column)
            + (part == Part.COLUMN ? "" : ", " + part);
    return tensor != null
        ? where + ", " + tensor
        : where + ": expected " + expected + " but found " + found;
  }
}
