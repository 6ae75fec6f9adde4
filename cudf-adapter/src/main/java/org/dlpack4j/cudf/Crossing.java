package org.dlpack4j.cudf;

import ai.rapids.cudf.DType;
import java.util.function.Function;
import org.dlpack4j.DataType;
import org.dlpack4j.table.LogicalType;

/** How columns of a type cross by DLPack. */
sealed interface Crossing {

  /**
   * As one tensor, of a number a row.
   *
   * @param dataType of the numbers
   * @param logicalType what they mean
   */
  record Numbers(DataType dataType, Function<DType, LogicalType> logicalType) implements Crossing {}

  /** As several tensors, by what the column is made of. */
  enum Shaped implements Crossing {
    /** Offsets and bytes. */
    TEXT,
    /** Offsets and elements. */
    LISTS,
    /** Members. */
    STRUCTS
  }

  /**
   * Not at all.
   *
   * @param why the reason, and what to do
   */
  record Refused(String why) implements Crossing {}
}
