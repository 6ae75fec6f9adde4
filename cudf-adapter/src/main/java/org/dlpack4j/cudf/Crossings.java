package org.dlpack4j.cudf;

import static java.util.Map.entry;

import ai.rapids.cudf.DType;
import ai.rapids.cudf.DType.DTypeEnum;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dlpack4j.DataType;
import org.dlpack4j.cudf.Crossing.Numbers;
import org.dlpack4j.cudf.Crossing.Refused;
import org.dlpack4j.cudf.Crossing.Shaped;
import org.dlpack4j.table.LogicalType;

/** For every type of cuDF, how it crosses. */
final class Crossings {

  static final DataType INT128 = new DataType(DataType.Code.INT, 128, 1);

  private static final Refused NO_VALUES =
      new Refused("expected values but found a column of no type; there is nothing to share");

  private static final Map<DTypeEnum, Crossing> ALL =
      new EnumMap<>(
          Map.ofEntries(
              entry(DTypeEnum.INT8, numbers(DataType.INT8)),
              entry(DTypeEnum.INT16, numbers(DataType.INT16)),
              entry(DTypeEnum.INT32, numbers(DataType.INT32)),
              entry(DTypeEnum.INT64, numbers(DataType.INT64)),
              entry(DTypeEnum.UINT8, numbers(DataType.UINT8)),
              entry(DTypeEnum.UINT16, numbers(DataType.UINT16)),
              entry(DTypeEnum.UINT32, numbers(DataType.UINT32)),
              entry(DTypeEnum.UINT64, numbers(DataType.UINT64)),
              entry(DTypeEnum.FLOAT32, numbers(DataType.FLOAT32)),
              entry(DTypeEnum.FLOAT64, numbers(DataType.FLOAT64)),
              entry(DTypeEnum.BOOL8, numbers(DataType.BOOL)),
              entry(DTypeEnum.TIMESTAMP_DAYS, new Numbers(DataType.INT32, Crossings::date)),
              entry(DTypeEnum.TIMESTAMP_SECONDS, timestamps(ChronoUnit.SECONDS)),
              entry(DTypeEnum.TIMESTAMP_MILLISECONDS, timestamps(ChronoUnit.MILLIS)),
              entry(DTypeEnum.TIMESTAMP_MICROSECONDS, timestamps(ChronoUnit.MICROS)),
              entry(DTypeEnum.TIMESTAMP_NANOSECONDS, timestamps(ChronoUnit.NANOS)),
              // No logical type says days that are counted from nothing.
              entry(DTypeEnum.DURATION_DAYS, numbers(DataType.INT32)),
              entry(DTypeEnum.DURATION_SECONDS, durations(ChronoUnit.SECONDS)),
              entry(DTypeEnum.DURATION_MILLISECONDS, durations(ChronoUnit.MILLIS)),
              entry(DTypeEnum.DURATION_MICROSECONDS, durations(ChronoUnit.MICROS)),
              entry(DTypeEnum.DURATION_NANOSECONDS, durations(ChronoUnit.NANOS)),
              entry(DTypeEnum.DECIMAL32, new Numbers(DataType.INT32, Crossings::decimal)),
              entry(DTypeEnum.DECIMAL64, new Numbers(DataType.INT64, Crossings::decimal)),
              entry(DTypeEnum.DECIMAL128, new Numbers(INT128, Crossings::decimal)),
              entry(DTypeEnum.STRING, Shaped.TEXT),
              entry(DTypeEnum.LIST, Shaped.LISTS),
              entry(DTypeEnum.STRUCT, Shaped.STRUCTS),
              entry(DTypeEnum.EMPTY, NO_VALUES)));

  private Crossings() {}

  static Crossing of(DType type) {
    return ALL.getOrDefault(type.getTypeId(), NO_VALUES);
  }

  private static Numbers numbers(DataType dataType) {
    return numbers(dataType, new LogicalType.Numeric());
  }

  private static Numbers timestamps(ChronoUnit unit) {
    return numbers(DataType.INT64, new LogicalType.Timestamp(unit, Optional.empty()));
  }

  private static Numbers durations(ChronoUnit unit) {
    return numbers(DataType.INT64, new LogicalType.Duration(unit));
  }

  private static Numbers numbers(DataType dataType, LogicalType logicalType) {
    Function<DType, LogicalType> always = type -> logicalType;
    return new Numbers(dataType, always);
  }

  private static LogicalType date(DType type) {
    return new LogicalType.Date(ChronoUnit.DAYS);
  }

  /** cuDF's scale is the power of ten itself. */
  private static LogicalType decimal(DType type) {
    return new LogicalType.Decimal(type.getDecimalMaxPrecision(), -type.getScale());
  }
}
