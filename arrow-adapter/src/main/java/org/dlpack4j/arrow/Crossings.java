package org.dlpack4j.arrow;

import static java.util.Map.entry;

import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.Types;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.dlpack4j.DataType;
import org.dlpack4j.arrow.Crossing.Numbers;
import org.dlpack4j.arrow.Crossing.Refused;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.arrow.extension.BFloat16Type;
import org.dlpack4j.arrow.extension.Bool8Type;
import org.dlpack4j.arrow.extension.FixedShapeTensorType;
import org.dlpack4j.table.LogicalType;

/** For every type of Arrow, how it crosses. */
final class Crossings {

  private static final DataType INT128 = new DataType(DataType.Code.INT, 128, 1);
  private static final DataType TWO_HALVES = new DataType(DataType.Code.INT, 128, 2);

  private static final Refused SEVERAL_NUMBERS =
      new Refused("expected one number a row but found several; use the C Data Interface");
  private static final Refused SEVERAL_BUFFERS =
      new Refused(
          "expected all bytes in one buffer but found a view into several; use the C Data"
              + " Interface");
  private static final Refused NO_BUFFERS =
      new Refused("expected values but found nulls and nothing else; there is nothing to share");

  private static final Refused UNKNOWN =
      new Refused("expected a type with a form of its own in tables; use the C Data Interface");

  private static final Map<MinorType, Crossing> ALL =
      Map.ofEntries(
          entry(MinorType.TINYINT, numbers(DataType.INT8, Crossings::number)),
          entry(MinorType.SMALLINT, numbers(DataType.INT16, Crossings::number)),
          entry(MinorType.INT, numbers(DataType.INT32, Crossings::number)),
          entry(MinorType.BIGINT, numbers(DataType.INT64, Crossings::number)),
          entry(MinorType.UINT1, numbers(DataType.UINT8, Crossings::number)),
          entry(MinorType.UINT2, numbers(DataType.UINT16, Crossings::number)),
          entry(MinorType.UINT4, numbers(DataType.UINT32, Crossings::number)),
          entry(MinorType.UINT8, numbers(DataType.UINT64, Crossings::number)),
          entry(MinorType.FLOAT2, numbers(DataType.FLOAT16, Crossings::number)),
          entry(MinorType.FLOAT4, numbers(DataType.FLOAT32, Crossings::number)),
          entry(MinorType.FLOAT8, numbers(DataType.FLOAT64, Crossings::number)),
          entry(MinorType.DATEDAY, numbers(DataType.INT32, Crossings::date)),
          entry(MinorType.DATEMILLI, numbers(DataType.INT64, Crossings::date)),
          entry(MinorType.TIMESEC, numbers(DataType.INT32, Crossings::time)),
          entry(MinorType.TIMEMILLI, numbers(DataType.INT32, Crossings::time)),
          entry(MinorType.TIMEMICRO, numbers(DataType.INT64, Crossings::time)),
          entry(MinorType.TIMENANO, numbers(DataType.INT64, Crossings::time)),
          entry(MinorType.TIMESTAMPSEC, numbers(DataType.INT64, Crossings::timestamp)),
          entry(MinorType.TIMESTAMPMILLI, numbers(DataType.INT64, Crossings::timestamp)),
          entry(MinorType.TIMESTAMPMICRO, numbers(DataType.INT64, Crossings::timestamp)),
          entry(MinorType.TIMESTAMPNANO, numbers(DataType.INT64, Crossings::timestamp)),
          entry(MinorType.TIMESTAMPSECTZ, numbers(DataType.INT64, Crossings::timestamp)),
          entry(MinorType.TIMESTAMPMILLITZ, numbers(DataType.INT64, Crossings::timestamp)),
          entry(MinorType.TIMESTAMPMICROTZ, numbers(DataType.INT64, Crossings::timestamp)),
          entry(MinorType.TIMESTAMPNANOTZ, numbers(DataType.INT64, Crossings::timestamp)),
          entry(MinorType.DURATION, numbers(DataType.INT64, Crossings::duration)),
          entry(MinorType.INTERVALYEAR, numbers(DataType.INT32, Crossings::number)),
          entry(MinorType.INTERVALDAY, SEVERAL_NUMBERS),
          entry(MinorType.INTERVALMONTHDAYNANO, SEVERAL_NUMBERS),
          entry(MinorType.DECIMAL, numbers(INT128, Crossings::decimal)),
          entry(MinorType.DECIMAL256, numbers(TWO_HALVES, Crossings::decimal)),
          entry(MinorType.BIT, Shaped.BITS),
          entry(MinorType.FIXEDSIZEBINARY, Shaped.FIXED_BYTES),
          entry(MinorType.VARCHAR, Shaped.VARIABLE_BYTES),
          entry(MinorType.LARGEVARCHAR, Shaped.VARIABLE_BYTES),
          entry(MinorType.VARBINARY, Shaped.VARIABLE_BYTES),
          entry(MinorType.LARGEVARBINARY, Shaped.VARIABLE_BYTES),
          entry(MinorType.VIEWVARCHAR, SEVERAL_BUFFERS),
          entry(MinorType.VIEWVARBINARY, SEVERAL_BUFFERS),
          entry(MinorType.FIXED_SIZE_LIST, Shaped.FIXED_LISTS),
          entry(MinorType.LIST, Shaped.LISTS),
          entry(MinorType.LARGELIST, Shaped.LISTS),
          entry(MinorType.STRUCT, Shaped.STRUCTS),
          entry(MinorType.NULL, NO_BUFFERS));

  /** Extensions that are more than their storage. */
  private static final Map<Class<? extends ExtensionType>, Crossing> EXTENSIONS =
      Map.of(
          Bool8Type.class, numbers(DataType.BOOL, Crossings::number),
          BFloat16Type.class, numbers(DataType.BFLOAT16, Crossings::number),
          FixedShapeTensorType.class, Shaped.TENSORS);

  private Crossings() {}

  static Crossing of(FieldVector vector) {
    return vector instanceof ExtensionTypeVector
        ? of(vector.getField().getType())
        : of(vector.getMinorType());
  }

  static Crossing of(ArrowType type) {
    if (type instanceof ExtensionType extension) {
      Crossing own = EXTENSIONS.get(extension.getClass());
      return own == null ? of(extension.storageType()) : own;
    }
    return of(Types.getMinorTypeForArrowType(type));
  }

  /** What an extension is made of, or the type itself. */
  static ArrowType storage(ArrowType type) {
    return type instanceof ExtensionType extension ? storage(extension.storageType()) : type;
  }

  static Crossing of(MinorType type) {
    return ALL.getOrDefault(type, UNKNOWN);
  }

  private static Numbers numbers(DataType dataType, Function<ArrowType, LogicalType> logicalType) {
    return new Numbers(dataType, logicalType);
  }

  private static LogicalType number(ArrowType type) {
    return new LogicalType.Numeric();
  }

  private static LogicalType date(ArrowType type) {
    boolean days = ((ArrowType.Date) type).getUnit() == DateUnit.DAY;
    return new LogicalType.Date(days ? ChronoUnit.DAYS : ChronoUnit.MILLIS);
  }

  private static LogicalType time(ArrowType type) {
    return new LogicalType.Time(unit(((ArrowType.Time) type).getUnit()));
  }

  private static LogicalType timestamp(ArrowType type) {
    ArrowType.Timestamp timestamp = (ArrowType.Timestamp) type;
    return new LogicalType.Timestamp(
        unit(timestamp.getUnit()), Optional.ofNullable(timestamp.getTimezone()));
  }

  private static LogicalType duration(ArrowType type) {
    return new LogicalType.Duration(unit(((ArrowType.Duration) type).getUnit()));
  }

  private static LogicalType decimal(ArrowType type) {
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
}
