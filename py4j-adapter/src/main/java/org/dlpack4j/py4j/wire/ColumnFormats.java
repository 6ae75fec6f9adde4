package org.dlpack4j.py4j.wire;

import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dlpack4j.DataType;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;

/**
 * What columns mean, as strings: those of Arrow's C Data Interface, and a few of our own. Numbers
 * that Arrow does not have are an empty string: their tensor says what they are.
 */
public final class ColumnFormats {

  private static final String NUMBERS = "";
  private static final String MAP = "+m";
  private static final String SORTED_MAP = "+m:sorted";
  private static final String DICTIONARY = "dict:";
  private static final String ORDERED_DICTIONARY = "dict-ordered:";
  private static final int USUAL_DECIMAL_BITS = 128;

  private static final Map<DataType, String> LETTERS =
      Map.ofEntries(
          Map.entry(DataType.INT8, "c"),
          Map.entry(DataType.UINT8, "C"),
          Map.entry(DataType.INT16, "s"),
          Map.entry(DataType.UINT16, "S"),
          Map.entry(DataType.INT32, "i"),
          Map.entry(DataType.UINT32, "I"),
          Map.entry(DataType.INT64, "l"),
          Map.entry(DataType.UINT64, "L"),
          Map.entry(DataType.FLOAT16, "e"),
          Map.entry(DataType.FLOAT32, "f"),
          Map.entry(DataType.FLOAT64, "g"));

  private static final Map<ChronoUnit, String> UNITS =
      Map.of(
          ChronoUnit.SECONDS, "s",
          ChronoUnit.MILLIS, "m",
          ChronoUnit.MICROS, "u",
          ChronoUnit.NANOS, "n");

  private static final Map<String, LogicalType> TYPES = types();

  private ColumnFormats() {}

  /** Those without parameters. */
  private static Map<String, LogicalType> types() {
    Map<String, LogicalType> types = new HashMap<>();
    types.put(NUMBERS, new LogicalType.Numeric());
    LETTERS.values().forEach(letter -> types.put(letter, new LogicalType.Numeric()));
    types.put("b", new LogicalType.Bits());
    types.put("u", new LogicalType.Text());
    types.put("U", new LogicalType.Text());
    types.put("z", new LogicalType.Binary());
    types.put("Z", new LogicalType.Binary());
    types.put("tdD", new LogicalType.Date(ChronoUnit.DAYS));
    types.put("tdm", new LogicalType.Date(ChronoUnit.MILLIS));
    UNITS.forEach(
        (unit, letter) -> {
          types.put("tt" + letter, new LogicalType.Time(unit));
          types.put("tD" + letter, new LogicalType.Duration(unit));
        });
    types.put("tiM", new LogicalType.Interval(LogicalType.Interval.Unit.YEAR_MONTH));
    types.put("tiD", new LogicalType.Interval(LogicalType.Interval.Unit.DAY_TIME));
    types.put("tin", new LogicalType.Interval(LogicalType.Interval.Unit.MONTH_DAY_NANO));
    types.put("+l", new LogicalType.ListOf());
    types.put("+L", new LogicalType.ListOf());
    types.put("+vl", new LogicalType.ListViewOf());
    types.put("+vL", new LogicalType.ListViewOf());
    types.put(MAP, new LogicalType.MapOf(false));
    types.put(SORTED_MAP, new LogicalType.MapOf(true));
    types.put("+s", new LogicalType.Struct());
    types.put("+r", new LogicalType.RunEndEncoded());
    return types;
  }

  /** The format of a column. */
  public static String of(Column column) {
    return switch (column.type()) {
      case LogicalType.Numeric _, LogicalType.Symbol _ -> ofNumbers(column);
      case LogicalType.Bits _ -> "b";
      case LogicalType.Text _ -> isLarge(column) ? "U" : "u";
      case LogicalType.Binary _ -> isLarge(column) ? "Z" : "z";
      case LogicalType.FixedBinary binary -> "w:" + binary.width();
      case LogicalType.Date date -> date.unit() == ChronoUnit.DAYS ? "tdD" : "tdm";
      case LogicalType.Time time -> "tt" + UNITS.get(time.unit());
      case LogicalType.Duration duration -> "tD" + UNITS.get(duration.unit());
      case LogicalType.Timestamp timestamp ->
          "ts" + UNITS.get(timestamp.unit()) + ":" + timestamp.zone().orElse("");
      case LogicalType.Interval interval ->
          switch (interval.unit()) {
            case YEAR_MONTH -> "tiM";
            case DAY_TIME -> "tiD";
            case MONTH_DAY_NANO -> "tin";
          };
      case LogicalType.Decimal decimal -> ofDecimal(decimal, column.data().dataType());
      case LogicalType.Dictionary dictionary ->
          (dictionary.ordered() ? ORDERED_DICTIONARY : DICTIONARY) + ofNumbers(column);
      case LogicalType.ListOf _ -> isLarge(column) ? "+L" : "+l";
      case LogicalType.ListViewOf _ -> isLarge(column) ? "+vL" : "+vl";
      case LogicalType.MapOf map -> map.keysSorted() ? SORTED_MAP : MAP;
      case LogicalType.FixedListOf list -> "+w:" + list.size();
      case LogicalType.Struct _ -> "+s";
      case LogicalType.Union union -> ofUnion(union);
      case LogicalType.RunEndEncoded _ -> "+r";
    };
  }

  private static String ofNumbers(Column column) {
    return LETTERS.getOrDefault(column.data().dataType(), NUMBERS);
  }

  private static boolean isLarge(Column column) {
    return column.offsets().orElseThrow().dataType().equals(DataType.INT64);
  }

  private static String ofDecimal(LogicalType.Decimal decimal, DataType storage) {
    String format = "d:" + decimal.precision() + "," + decimal.scale();
    int bits = storage.elementBits();
    return bits == USUAL_DECIMAL_BITS ? format : format + "," + bits;
  }

  private static String ofUnion(LogicalType.Union union) {
    String ids = union.typeIds().stream().map(String::valueOf).collect(Collectors.joining(","));
    return (union.mode() == LogicalType.Union.Mode.DENSE ? "+ud:" : "+us:") + ids;
  }

  /**
   * What a format means.
   *
   * @throws IllegalArgumentException if it means nothing
   */
  public static LogicalType parse(String format) {
    LogicalType type = TYPES.get(format);
    if (type != null) {
      return type;
    }
    int colon = format.indexOf(':');
    String parameters = format.substring(colon + 1);
    return switch (format.substring(0, colon + 1)) {
      case "w:" -> new LogicalType.FixedBinary(number(format, parameters));
      case "+w:" -> new LogicalType.FixedListOf(number(format, parameters));
      case "d:" -> decimal(format, parameters);
      case "tss:", "tsm:", "tsu:", "tsn:" -> timestamp(format.charAt(2), parameters);
      case "+us:" -> union(LogicalType.Union.Mode.SPARSE, format, parameters);
      case "+ud:" -> union(LogicalType.Union.Mode.DENSE, format, parameters);
      case DICTIONARY -> dictionary(false, format, parameters);
      case ORDERED_DICTIONARY -> dictionary(true, format, parameters);
      default -> throw unknown(format);
    };
  }

  private static LogicalType timestamp(char letter, String zone) {
    ChronoUnit unit =
        UNITS.entrySet().stream()
            .filter(entry -> entry.getValue().charAt(0) == letter)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    return new LogicalType.Timestamp(unit, zone.isEmpty() ? Optional.empty() : Optional.of(zone));
  }

  private static LogicalType decimal(String format, String parameters) {
    String[] parts = parameters.split(",", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw unknown(format);
    }
    return new LogicalType.Decimal(number(format, parts[0]), number(format, parts[1]));
  }

  private static LogicalType union(LogicalType.Union.Mode mode, String format, String parameters) {
    List<Integer> ids =
        parameters.isEmpty()
            ? List.of()
            : Arrays.stream(parameters.split(",", -1)).map(id -> number(format, id)).toList();
    return new LogicalType.Union(mode, ids);
  }

  private static LogicalType dictionary(boolean ordered, String format, String indices) {
    if (!LETTERS.containsValue(indices)) {
      throw unknown(format);
    }
    return new LogicalType.Dictionary(ordered);
  }

  private static int number(String format, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "format: expected a number in %s but found %s".formatted(format, text), e);
    }
  }

  private static IllegalArgumentException unknown(String format) {
    return new IllegalArgumentException(
        "format: expected one of Arrow's C Data Interface, or dict: or dict-ordered: before that"
            + " of indices, but found "
            + format);
  }
}
