package org.dlpack4j.arrow;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.dlpack4j.DataType;

/** Arrow's types of one number a row, and what their numbers are. */
final class ArrowTypes {

  private ArrowTypes() {}

  static Map<ArrowType, DataType> numbers() {
    Map<ArrowType, DataType> types = new LinkedHashMap<>();
    for (int bits = 8; bits <= 64; bits *= 2) {
      types.put(new ArrowType.Int(bits, true), new DataType(DataType.Code.INT, bits, 1));
      types.put(new ArrowType.Int(bits, false), new DataType(DataType.Code.UINT, bits, 1));
    }
    types.put(new ArrowType.FloatingPoint(FloatingPointPrecision.HALF), DataType.FLOAT16);
    types.put(new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE), DataType.FLOAT32);
    types.put(new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE), DataType.FLOAT64);
    types.put(new ArrowType.Date(DateUnit.DAY), DataType.INT32);
    types.put(new ArrowType.Date(DateUnit.MILLISECOND), DataType.INT64);
    types.put(new ArrowType.Time(TimeUnit.SECOND, 32), DataType.INT32);
    types.put(new ArrowType.Time(TimeUnit.MILLISECOND, 32), DataType.INT32);
    types.put(new ArrowType.Time(TimeUnit.MICROSECOND, 64), DataType.INT64);
    types.put(new ArrowType.Time(TimeUnit.NANOSECOND, 64), DataType.INT64);
    for (TimeUnit unit : TimeUnit.values()) {
      types.put(new ArrowType.Timestamp(unit, null), DataType.INT64);
      types.put(new ArrowType.Timestamp(unit, "Europe/Berlin"), DataType.INT64);
      types.put(new ArrowType.Duration(unit), DataType.INT64);
    }
    types.put(new ArrowType.Interval(IntervalUnit.YEAR_MONTH), DataType.INT32);
    return types;
  }
}
