package org.dlpack4j.arrow;

import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.dlpack4j.DataType;
import org.dlpack4j.table.LogicalType;

/** How vectors of a type cross by DLPack. */
sealed interface Crossing {

  /**
   * As one tensor, of a number a row.
   *
   * @param dataType of the numbers
   * @param logicalType what they mean
   */
  record Numbers(DataType dataType, Function<ArrowType, LogicalType> logicalType)
      implements Crossing {}

  /** As what their buffers make of it. */
  enum Shaped implements Crossing {
    /** A bit a row: one tensor of bytes, eight rows each. */
    BITS,
    /** So many bytes a row: one tensor of two dimensions. */
    FIXED_BYTES,
    /** Text or binary: a column of offsets and bytes. */
    VARIABLE_BYTES,
    /** A column of offsets and elements. */
    LISTS,
    /** One tensor of one dimension more than the elements', or a column if those are one. */
    FIXED_LISTS,
    /** The same, of as many dimensions more as the tensors have. */
    TENSORS,
    /** A column of columns. */
    STRUCTS
  }

  /**
   * Not at all.
   *
   * @param why the reason, and what to do
   */
  record Refused(String why) implements Crossing {}
}
