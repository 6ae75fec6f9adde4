package org.dlpack4j.cudf;

import static java.util.Map.entry;

import ai.rapids.cudf.DType;
import ai.rapids.cudf.DType.DTypeEnum;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.dlpack4j.DataType;
import org.dlpack4j.cudf.Crossing.Numbers;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;

/** Which type of cuDF's a column or a tensor becomes. */
final class ColumnTypes {

  /** The whole triple: a bool of eight bits is no uint8. */
  private static final Map<DataType, DType> NUMBERS =
      Map.ofEntries(
          entry(DataType.INT8, DType.INT8),
          entry(DataType.INT16, DType.INT16),
          entry(DataType.INT32, DType.INT32),
          entry(DataType.INT64, DType.INT64),
          entry(DataType.UINT8, DType.UINT8),
          entry(DataType.UINT16, DType.UINT16),
          entry(DataType.UINT32, DType.UINT32),
          entry(DataType.UINT64, DType.UINT64),
          entry(DataType.FLOAT32, DType.FLOAT32),
          entry(DataType.FLOAT64, DType.FLOAT64),
          entry(DataType.BOOL, DType.BOOL8));

  private ColumnTypes() {}

  /** Of a tensor of numbers. */
  static DType of(String column, DataType dataType) {
    DType type = NUMBERS.get(dataType);
    if (type == null) {
      throw new RefusedColumnException(
          column,
          "expected numbers that cuDF has but found %s; %s".formatted(dataType, instead(dataType)));
    }
    return type;
  }

  private static String instead(DataType dataType) {
    return switch (dataType.code()) {
      case DataType.Code.FLOAT, DataType.Code.BFLOAT ->
          "have it converted to float32 where it was made, or bring it as int16 and its bits";
      case DataType.Code.COMPLEX -> "bring real and imaginary parts as a matrix of two columns";
      default -> "have it converted where it was made";
    };
  }

  /** Checks that a tensor has the numbers of a type. */
  static void requireNumbers(DType type, DataType dataType) {
    boolean fits = Crossings.of(type) instanceof Numbers(DataType own, _) && own.equals(dataType);
    if (!fits) {
      throw new RefusedColumnException(
          type.toString(),
          "expected a tensor of such numbers but found %s; name the type that it has"
              .formatted(dataType));
    }
  }

  /** Of a column, by what its values mean. */
  static DType of(String path, Column column) {
    return switch (column.type()) {
      case LogicalType.Numeric _, LogicalType.Symbol _ -> of(path, column.data().dataType());
      case LogicalType.Date(ChronoUnit unit) when unit == ChronoUnit.DAYS -> DType.TIMESTAMP_DAYS;
      case LogicalType.Date _ -> DType.TIMESTAMP_MILLISECONDS;
      case LogicalType.Timestamp timestamp -> timestamp(timestamp.unit());
      case LogicalType.Duration(ChronoUnit unit) -> duration(unit);
      case LogicalType.Decimal decimal -> decimal(path, decimal, column.data().dataType());
      case LogicalType.Text _ -> DType.STRING;
      case LogicalType.ListOf _, LogicalType.MapOf _ -> DType.LIST;
      case LogicalType.Struct _ -> DType.STRUCT;
      case LogicalType.Binary _ ->
          throw new RefusedColumnException(
              path, "expected a type that cuDF has but found bytes; bring it as lists of uint8");
      case LogicalType.Bits _ ->
          throw new RefusedColumnException(
              path, "expected a bool a row but found bits; have them expanded where they are");
      case LogicalType.Dictionary _ ->
          throw new RefusedColumnException(
              path, "expected values but found indices; bring those and the values as two columns");
      default ->
          throw new RefusedColumnException(
              path, "expected a type that cuDF has but found %s".formatted(column.type()));
    };
  }

  private static DType timestamp(ChronoUnit unit) {
    return switch (unit) {
      case SECONDS -> DType.TIMESTAMP_SECONDS;
      case MILLIS -> DType.TIMESTAMP_MILLISECONDS;
      case MICROS -> DType.TIMESTAMP_MICROSECONDS;
      default -> DType.TIMESTAMP_NANOSECONDS;
    };
  }

  private static DType duration(ChronoUnit unit) {
    return switch (unit) {
      case SECONDS -> DType.DURATION_SECONDS;
      case MILLIS -> DType.DURATION_MILLISECONDS;
      case MICROS -> DType.DURATION_MICROSECONDS;
      default -> DType.DURATION_NANOSECONDS;
    };
  }

  private static DType decimal(String path, LogicalType.Decimal decimal, DataType storage) {
    DTypeEnum type =
        switch (storage.elementBits()) {
          case Integer.SIZE -> DTypeEnum.DECIMAL32;
          case Long.SIZE -> DTypeEnum.DECIMAL64;
          case 2 * Long.SIZE -> DTypeEnum.DECIMAL128;
          default ->
              throw new RefusedColumnException(
                  path,
                  "expected decimals of 32, 64 or 128 bits but found %s; cuDF has no others"
                      .formatted(storage));
        };
    return DType.create(type, -decimal.scale());
  }
}
