package org.dlpack4j.arrow;

import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.DataType;
import org.dlpack4j.arrow.Crossing.Numbers;
import org.dlpack4j.arrow.Crossing.Refused;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.table.LogicalType;

/** What a table must be like to be a record batch of a schema. */
final class ColumnFields {

  private ColumnFields() {}

  static org.dlpack4j.table.Schema of(Schema schema) {
    return new org.dlpack4j.table.Schema(
        schema.getFields().stream().map(ColumnFields::of).toList());
  }

  private static org.dlpack4j.table.Field of(Field field) {
    ArrowType type = Crossings.storage(field.getType());
    return switch (Crossings.of(field.getType())) {
      case Numbers(DataType storage, var logicalType) ->
          of(field, logicalType.apply(type), Optional.of(storage));
      case Shaped.FIXED_BYTES -> {
        int width = ((ArrowType.FixedSizeBinary) type).getByteWidth();
        yield of(field, new LogicalType.FixedBinary(width), Optional.of(DataType.UINT8));
      }
      case Shaped.VARIABLE_BYTES -> of(field, bytes(type), Optional.of(DataType.UINT8));
      case Shaped.LISTS -> of(field, new LogicalType.ListOf(), Optional.empty());
      case Shaped.FIXED_LISTS, Shaped.TENSORS -> {
        int size = ((ArrowType.FixedSizeList) type).getListSize();
        yield of(field, new LogicalType.FixedListOf(size), Optional.empty());
      }
      case Shaped.STRUCTS -> of(field, new LogicalType.Struct(), Optional.empty());
      case Shaped.BITS ->
          throw new RefusedVectorException(
              field, "expected bytes a row but found bits; import a vector of bytes");
      case Refused(String why) -> throw new RefusedVectorException(field, why);
    };
  }

  private static org.dlpack4j.table.Field of(
      Field field, LogicalType type, Optional<DataType> storage) {
    List<org.dlpack4j.table.Field> children =
        field.getChildren().stream().map(ColumnFields::of).toList();
    return new org.dlpack4j.table.Field(
        field.getName(), type, storage, field.isNullable(), children);
  }

  /** What text or binary means; the width of its offsets is no part of that. */
  static LogicalType bytes(ArrowType type) {
    return switch (type) {
      case ArrowType.Utf8 _, ArrowType.LargeUtf8 _ -> new LogicalType.Text();
      default -> new LogicalType.Binary();
    };
  }
}
