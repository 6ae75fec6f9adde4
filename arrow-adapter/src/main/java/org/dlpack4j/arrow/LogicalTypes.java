package org.dlpack4j.arrow;

import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Optional;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.LogicalType.Interval;
import org.dlpack4j.table.LogicalType.Union.Mode;

/** What the values of Arrow's types mean. */
final class LogicalTypes {

  private LogicalTypes() {}

  static LogicalType number(ArrowType type) {
    return new LogicalType.Numeric();
  }

  static LogicalType date(ArrowType type) {
    boolean days = ((ArrowType.Date) type).getUnit() == DateUnit.DAY;
    return new LogicalType.Date(days ? ChronoUnit.DAYS : ChronoUnit.MILLIS);
  }

  static LogicalType time(ArrowType type) {
    return new LogicalType.Time(unit(((ArrowType.Time) type).getUnit()));
  }

  static LogicalType timestamp(ArrowType type) {
    ArrowType.Timestamp timestamp = (ArrowType.Timestamp) type;
    return new LogicalType.Timestamp(
        unit(timestamp.getUnit()), Optional.ofNullable(timestamp.getTimezone()));
  }

  static LogicalType duration(ArrowType type) {
    return new LogicalType.Duration(unit(((ArrowType.Duration) type).getUnit()));
  }

  static LogicalType decimal(ArrowType type) {
    ArrowType.Decimal decimal = (ArrowType.Decimal) type;
    return new LogicalType.Decimal(decimal.getPrecision(), decimal.getScale());
  }

  private static ChronoUnit unit(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> ChronoUnit.SECONDS;
      case MILLISECOND -> ChronoUnit.MILLIS;
      case MICROSECOND -> ChronoUnit.MICROS;
      case NANOSECOND -> ChronoUnit.NANOS;
    };
  }

  static LogicalType interval(ArrowType type) {
    return new Interval(
        switch (((ArrowType.Interval) type).getUnit()) {
          case YEAR_MONTH -> Interval.Unit.YEAR_MONTH;
          case DAY_TIME -> Interval.Unit.DAY_TIME;
          case MONTH_DAY_NANO -> Interval.Unit.MONTH_DAY_NANO;
        });
  }

  static LogicalType fixedBytes(ArrowType type) {
    return type instanceof ArrowType.FixedSizeBinary binary
        ? new LogicalType.FixedBinary(binary.getByteWidth())
        : interval(type);
  }

  /** The width of offsets is no part of it. */
  static LogicalType bytes(ArrowType type) {
    return switch (type) {
      case ArrowType.Utf8 _, ArrowType.LargeUtf8 _ -> new LogicalType.Text();
      default -> new LogicalType.Binary();
    };
  }

  static LogicalType fixedList(ArrowType type) {
    return new LogicalType.FixedListOf(((ArrowType.FixedSizeList) type).getListSize());
  }

  static LogicalType map(ArrowType type) {
    return new LogicalType.MapOf(((ArrowType.Map) type).getKeysSorted());
  }

  static LogicalType union(ArrowType type) {
    ArrowType.Union union = (ArrowType.Union) type;
    return new LogicalType.Union(
        union.getMode() == UnionMode.Sparse ? Mode.SPARSE : Mode.DENSE,
        Arrays.stream(union.getTypeIds()).boxed().toList());
  }
}
