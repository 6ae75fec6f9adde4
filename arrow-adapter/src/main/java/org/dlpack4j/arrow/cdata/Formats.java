package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.jspecify.annotations.Nullable;

/** The format strings of the C Data Interface: a letter or two for each type. */
final class Formats {

  private static final Map<String, ArrowType> TYPES = types();
  private static final Map<ArrowType, String> LETTERS = letters();
  private static final Map<Character, TimeUnit> UNITS =
      Map.of(
          's', TimeUnit.SECOND,
          'm', TimeUnit.MILLISECOND,
          'u', TimeUnit.MICROSECOND,
          'n', TimeUnit.NANOSECOND);

  private static final byte[] INT32 = {'i', 0};
  private static final byte[] INT64 = {'l', 0};
  private static final ArrowType[] ONE_LETTER = oneLetter();
  private static final String MAP = "+m";
  private static final String TIMESTAMP = "ts";
  private static final int MOST_TYPE_IDS = Byte.MAX_VALUE + 1;
  private static final int USUAL_DECIMAL_BITS = 128;
  private static final int WIDE_DECIMAL_BITS = 256;

  private Formats() {}

  /** Those without parameters, but for the map, which has its parameter in the flags. */
  private static Map<String, ArrowType> types() {
    Map<String, ArrowType> types = new LinkedHashMap<>();
    types.put("n", new ArrowType.Null());
    types.put("b", new ArrowType.Bool());
    types.put("c", new ArrowType.Int(8, true));
    types.put("C", new ArrowType.Int(8, false));
    types.put("s", new ArrowType.Int(16, true));
    types.put("S", new ArrowType.Int(16, false));
    types.put("i", new ArrowType.Int(32, true));
    types.put("I", new ArrowType.Int(32, false));
    types.put("l", new ArrowType.Int(64, true));
    types.put("L", new ArrowType.Int(64, false));
    types.put("e", new ArrowType.FloatingPoint(FloatingPointPrecision.HALF));
    types.put("f", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE));
    types.put("g", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE));
    types.put("z", new ArrowType.Binary());
    types.put("Z", new ArrowType.LargeBinary());
    types.put("vz", new ArrowType.BinaryView());
    types.put("u", new ArrowType.Utf8());
    types.put("U", new ArrowType.LargeUtf8());
    types.put("vu", new ArrowType.Utf8View());
    types.put("tdD", new ArrowType.Date(DateUnit.DAY));
    types.put("tdm", new ArrowType.Date(DateUnit.MILLISECOND));
    types.put("tts", new ArrowType.Time(TimeUnit.SECOND, 32));
    types.put("ttm", new ArrowType.Time(TimeUnit.MILLISECOND, 32));
    types.put("ttu", new ArrowType.Time(TimeUnit.MICROSECOND, 64));
    types.put("ttn", new ArrowType.Time(TimeUnit.NANOSECOND, 64));
    types.put("tDs", new ArrowType.Duration(TimeUnit.SECOND));
    types.put("tDm", new ArrowType.Duration(TimeUnit.MILLISECOND));
    types.put("tDu", new ArrowType.Duration(TimeUnit.MICROSECOND));
    types.put("tDn", new ArrowType.Duration(TimeUnit.NANOSECOND));
    types.put("tiM", new ArrowType.Interval(IntervalUnit.YEAR_MONTH));
    types.put("tiD", new ArrowType.Interval(IntervalUnit.DAY_TIME));
    types.put("tin", new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO));
    types.put("+l", new ArrowType.List());
    types.put("+L", new ArrowType.LargeList());
    types.put("+vl", new ArrowType.ListView());
    types.put("+vL", new ArrowType.LargeListView());
    types.put("+s", new ArrowType.Struct());
    types.put("+r", new ArrowType.RunEndEncoded());
    return types;
  }

  private static Map<ArrowType, String> letters() {
    Map<ArrowType, String> letters = new HashMap<>();
    TYPES.forEach((format, type) -> letters.put(type, format));
    return letters;
  }

  private static ArrowType[] oneLetter() {
    ArrowType[] types = new ArrowType[Byte.MAX_VALUE + 1];
    TYPES.forEach(
        (format, type) -> {
          if (format.length() == 1) {
            types[format.charAt(0)] = type;
          }
        });
    return types;
  }

  /** A type's format as a C string, not to be written. */
  static byte[] bytesOf(ArrowType type) {
    if (type instanceof ArrowType.Int number && number.getIsSigned()) {
      switch (number.getBitWidth()) {
        case Integer.SIZE -> {
          return INT32;
        }
        case Long.SIZE -> {
          return INT64;
        }
        default -> {
          // As any other.
        }
      }
    }
    return (of(type) + '\0').getBytes(UTF_8);
  }

  /** What a C string of one letter means, as those of most columns are; null if it is another. */
  static @Nullable ArrowType ofOneLetter(long address) {
    byte letter = ALL.get(JAVA_BYTE, address);
    return letter > 0 && ALL.get(JAVA_BYTE, address + 1) == 0 ? ONE_LETTER[letter] : null;
  }

  static String of(ArrowType type) {
    String letters = LETTERS.get(type);
    if (letters != null) {
      return letters;
    }
    return switch (type) {
      case ExtensionType extension -> of(extension.storageType());
      case ArrowType.Map ignored -> MAP;
      case ArrowType.Decimal decimal -> ofDecimal(decimal);
      case ArrowType.FixedSizeBinary binary -> "w:" + binary.getByteWidth();
      case ArrowType.FixedSizeList list -> "+w:" + list.getListSize();
      case ArrowType.Timestamp timestamp -> ofTimestamp(timestamp);
      case ArrowType.Union union -> ofUnion(union);
      default ->
          throw new IllegalArgumentException(
              "type: expected one that the C Data Interface has but found " + type);
    };
  }

  private static String ofDecimal(ArrowType.Decimal decimal) {
    String format = "d:" + decimal.getPrecision() + "," + decimal.getScale();
    return decimal.getBitWidth() == USUAL_DECIMAL_BITS
        ? format
        : format + "," + decimal.getBitWidth();
  }

  private static String ofTimestamp(ArrowType.Timestamp timestamp) {
    String zone = timestamp.getTimezone();
    char unit =
        switch (timestamp.getUnit()) {
          case SECOND -> 's';
          case MILLISECOND -> 'm';
          case MICROSECOND -> 'u';
          case NANOSECOND -> 'n';
        };
    return TIMESTAMP + unit + ":" + (zone == null ? "" : zone);
  }

  private static String ofUnion(ArrowType.Union union) {
    String ids =
        Arrays.stream(union.getTypeIds())
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(","));
    return (union.getMode() == UnionMode.Dense ? "+ud:" : "+us:") + ids;
  }

  /**
   * The type that a format string means.
   *
   * @throws IllegalArgumentException if there is none, or Arrow Java has none; the message is what
   *     was expected
   */
  static ArrowType parse(String format, boolean keysSorted) {
    ArrowType type = TYPES.get(format);
    if (type != null) {
      return type;
    }
    if (format.equals(MAP)) {
      return new ArrowType.Map(keysSorted);
    }
    int colon = format.indexOf(':');
    String parameters = format.substring(colon + 1);
    return switch (colon < 0 ? "" : format.substring(0, colon)) {
      case "d" -> decimal(parameters);
      case "w" -> new ArrowType.FixedSizeBinary(number(parameters, 1));
      case "+w" -> new ArrowType.FixedSizeList(number(parameters, 0));
      case "+ud" -> new ArrowType.Union(UnionMode.Dense, typeIds(parameters));
      case "+us" -> new ArrowType.Union(UnionMode.Sparse, typeIds(parameters));
      case "tss", "tsm", "tsu", "tsn" ->
          new ArrowType.Timestamp(unit(format), parameters.isEmpty() ? null : parameters);
      default ->
          throw new IllegalArgumentException("a format of the C Data Interface for Arrow's types");
    };
  }

  private static TimeUnit unit(String format) {
    TimeUnit unit = UNITS.get(format.charAt(TIMESTAMP.length()));
    if (unit == null) {
      throw new IllegalArgumentException("a timestamp of s, m, u or n");
    }
    return unit;
  }

  private static ArrowType decimal(String parameters) {
    String[] parts = parameters.split(",", -1);
    if (parts.length != 2 && parts.length != 3) {
      throw new IllegalArgumentException("d:precision,scale or d:precision,scale,bits");
    }
    int bits = parts.length == 2 ? USUAL_DECIMAL_BITS : number(parts[2], 1);
    if (bits != USUAL_DECIMAL_BITS && bits != WIDE_DECIMAL_BITS) {
      throw new IllegalArgumentException(
          "a decimal of 128 or 256 bits, as Arrow Java has no vectors of others");
    }
    return new ArrowType.Decimal(number(parts[0], 1), number(parts[1], Integer.MIN_VALUE), bits);
  }

  private static int[] typeIds(String parameters) {
    if (parameters.isEmpty()) {
      return new int[0];
    }
    int[] ids = Arrays.stream(parameters.split(",", -1)).mapToInt(id -> number(id, 0)).toArray();
    if (Arrays.stream(ids).anyMatch(id -> id >= MOST_TYPE_IDS)
        || Arrays.stream(ids).distinct().count() != ids.length) {
      throw new IllegalArgumentException("different type ids of 0 to 127");
    }
    return ids;
  }

  private static int number(String text, int least) {
    try {
      int number = Integer.parseInt(text);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a format with a number where '" + text + "' is", e);
    }
    throw new IllegalArgumentException("a format with " + least + " or more where " + text + " is");
  }
}
