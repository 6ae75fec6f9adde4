package org.dlpack4j.arrow;

import static java.util.Map.entry;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
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

  private static final Refused SEVERAL_BUFFERS =
      new Refused(
          "expected all bytes in one buffer but found a view into several; use the C Data"
              + " Interface");
  private static final Refused NO_BUFFERS =
      new Refused("expected values but found nulls and nothing else; there is nothing to share");

  private static final Refused UNKNOWN =
      new Refused("expected a type with a form of its own in tables; use the C Data Interface");

  private static final Map<MinorType, Crossing> ALL =
      new EnumMap<>(
          Map.ofEntries(
              entry(MinorType.TINYINT, numbers(DataType.INT8, LogicalTypes::number)),
              entry(MinorType.SMALLINT, numbers(DataType.INT16, LogicalTypes::number)),
              entry(MinorType.INT, numbers(DataType.INT32, LogicalTypes::number)),
              entry(MinorType.BIGINT, numbers(DataType.INT64, LogicalTypes::number)),
              entry(MinorType.UINT1, numbers(DataType.UINT8, LogicalTypes::number)),
              entry(MinorType.UINT2, numbers(DataType.UINT16, LogicalTypes::number)),
              entry(MinorType.UINT4, numbers(DataType.UINT32, LogicalTypes::number)),
              entry(MinorType.UINT8, numbers(DataType.UINT64, LogicalTypes::number)),
              entry(MinorType.FLOAT2, numbers(DataType.FLOAT16, LogicalTypes::number)),
              entry(MinorType.FLOAT4, numbers(DataType.FLOAT32, LogicalTypes::number)),
              entry(MinorType.FLOAT8, numbers(DataType.FLOAT64, LogicalTypes::number)),
              entry(MinorType.DATEDAY, numbers(DataType.INT32, LogicalTypes::date)),
              entry(MinorType.DATEMILLI, numbers(DataType.INT64, LogicalTypes::date)),
              entry(MinorType.TIMESEC, numbers(DataType.INT32, LogicalTypes::time)),
              entry(MinorType.TIMEMILLI, numbers(DataType.INT32, LogicalTypes::time)),
              entry(MinorType.TIMEMICRO, numbers(DataType.INT64, LogicalTypes::time)),
              entry(MinorType.TIMENANO, numbers(DataType.INT64, LogicalTypes::time)),
              entry(MinorType.TIMESTAMPSEC, numbers(DataType.INT64, LogicalTypes::timestamp)),
              entry(MinorType.TIMESTAMPMILLI, numbers(DataType.INT64, LogicalTypes::timestamp)),
              entry(MinorType.TIMESTAMPMICRO, numbers(DataType.INT64, LogicalTypes::timestamp)),
              entry(MinorType.TIMESTAMPNANO, numbers(DataType.INT64, LogicalTypes::timestamp)),
              entry(MinorType.TIMESTAMPSECTZ, numbers(DataType.INT64, LogicalTypes::timestamp)),
              entry(MinorType.TIMESTAMPMILLITZ, numbers(DataType.INT64, LogicalTypes::timestamp)),
              entry(MinorType.TIMESTAMPMICROTZ, numbers(DataType.INT64, LogicalTypes::timestamp)),
              entry(MinorType.TIMESTAMPNANOTZ, numbers(DataType.INT64, LogicalTypes::timestamp)),
              entry(MinorType.DURATION, numbers(DataType.INT64, LogicalTypes::duration)),
              entry(MinorType.INTERVALYEAR, numbers(DataType.INT32, LogicalTypes::interval)),
              entry(MinorType.INTERVALDAY, Shaped.FIXED_BYTES),
              entry(MinorType.INTERVALMONTHDAYNANO, Shaped.FIXED_BYTES),
              entry(MinorType.DECIMAL, numbers(INT128, LogicalTypes::decimal)),
              entry(MinorType.DECIMAL256, numbers(TWO_HALVES, LogicalTypes::decimal)),
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
              entry(MinorType.LISTVIEW, Shaped.LIST_VIEWS),
              entry(MinorType.LARGELISTVIEW, Shaped.LIST_VIEWS),
              entry(MinorType.MAP, Shaped.MAPS),
              entry(MinorType.STRUCT, Shaped.STRUCTS),
              entry(MinorType.UNION, Shaped.UNIONS),
              entry(MinorType.DENSEUNION, Shaped.UNIONS),
              entry(MinorType.RUNENDENCODED, Shaped.RUNS),
              entry(MinorType.NULL, NO_BUFFERS)));

  /** Extensions that are more than their storage. */
  private static final Map<Class<? extends ExtensionType>, Crossing> EXTENSIONS =
      Map.of(
          Bool8Type.class, numbers(DataType.BOOL, LogicalTypes::number),
          BFloat16Type.class, numbers(DataType.BFLOAT16, LogicalTypes::number),
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

  /** Of offsets, and of sizes: large types have large ones. */
  static DataType places(ArrowType type) {
    return switch (storage(type)) {
      case ArrowType.LargeUtf8 _, ArrowType.LargeBinary _ -> DataType.INT64;
      case ArrowType.LargeList _, ArrowType.LargeListView _ -> DataType.INT64;
      default -> DataType.INT32;
    };
  }
}
