package org.dlpack4j.arrow;

import java.util.Optional;
import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.dlpack4j.DataType;
import org.dlpack4j.table.LogicalType;
import org.jspecify.annotations.Nullable;

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
  @SuppressWarnings(
      "ImmutableEnumChecker") // Data types are values, and the functions have no state.
  enum Shaped implements Crossing {
    /** A bit a row: one tensor of bytes, eight rows each. */
    BITS(DataType.UINT8, type -> new LogicalType.Bits()),
    /** So many bytes a row: one tensor of two dimensions. */
    FIXED_BYTES(DataType.UINT8, LogicalTypes::fixedBytes),
    /** Text or binary: a column of offsets and bytes. */
    VARIABLE_BYTES(DataType.UINT8, LogicalTypes::bytes),
    /** A column of offsets and elements. */
    LISTS(null, type -> new LogicalType.ListOf()),
    /** A column of offsets, sizes and elements. */
    LIST_VIEWS(null, type -> new LogicalType.ListViewOf()),
    /** One tensor of one dimension more than the elements', or a column if those are one. */
    FIXED_LISTS(null, LogicalTypes::fixedList),
    /** The same, of as many dimensions more as the tensors have. */
    TENSORS(null, LogicalTypes::fixedList),
    /** A column of offsets and entries. */
    MAPS(null, LogicalTypes::map),
    /** A column of columns. */
    STRUCTS(null, type -> new LogicalType.Struct()),
    /** A column of type ids, of offsets if it is dense, and members. */
    UNIONS(DataType.INT8, LogicalTypes::union),
    /** A column of where runs end, and their values. */
    RUNS(null, type -> new LogicalType.RunEndEncoded());

    private final @Nullable DataType storage;
    private final Function<ArrowType, LogicalType> logicalType;

    Shaped(@Nullable DataType storage, Function<ArrowType, LogicalType> logicalType) {
      this.storage = storage;
      this.logicalType = logicalType;
    }

    /** Of the column's data; empty where there is none. */
    Optional<DataType> storage() {
      return Optional.ofNullable(storage);
    }

    LogicalType logicalType(ArrowType type) {
      return logicalType.apply(type);
    }
  }

  /**
   * Not at all.
   *
   * @param why the reason, and what to do
   */
  record Refused(String why) implements Crossing {}
}
