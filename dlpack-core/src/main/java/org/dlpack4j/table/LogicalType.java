package org.dlpack4j.table;

import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.dlpack4j.DataType;

/**
 * What the values of a column mean, where the type of its tensor does not say it, and which tensors
 * the column is made of.
 */
public sealed interface LogicalType {

  /**
   * Which tensors a column of this type is made of.
   *
   * @return the form, flat unless the type says otherwise
   */
  default Form form() {
    return Form.FLAT;
  }

  /**
   * Whether data of this type may be stored so.
   *
   * @param storage the type of the data's elements
   * @return true if it may; never where there is no data
   */
  default boolean accepts(DataType storage) {
    return false;
  }

  /**
   * The bytes of each row, where it has a number of bytes.
   *
   * @return how many; 0 if the form is another than {@link Form#FIXED_BYTES}
   */
  default int width() {
    return 0;
  }

  /**
   * The rows that each child has for each row.
   *
   * @return how many; empty if that is another number for another row
   */
  default OptionalInt rowsOfChildren() {
    return OptionalInt.empty();
  }

  /** Numbers or truth values that mean what the type of their tensor says. */
  record Numeric() implements LogicalType {
    @Override
    public boolean accepts(DataType storage) {
      return storage.elementBits() > 0;
    }
  }

  /** Ids of names that are kept elsewhere. */
  record Symbol() implements LogicalType {
    @Override
    public boolean accepts(DataType storage) {
      return isInteger(storage);
    }
  }

  /**
   * Days, or milliseconds of whole days, since 1970-01-01.
   *
   * @param unit days or milliseconds
   */
  record Date(ChronoUnit unit) implements LogicalType {
    /**
     * Checks the unit.
     *
     * @throws IllegalArgumentException if it is another one
     */
    public Date {
      check("date", unit, EnumSet.of(ChronoUnit.DAYS, ChronoUnit.MILLIS));
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(unit == ChronoUnit.DAYS ? DataType.INT32 : DataType.INT64);
    }
  }

  /**
   * Time since midnight.
   *
   * @param unit seconds to nanoseconds
   */
  record Time(ChronoUnit unit) implements LogicalType {
    /**
     * Checks the unit.
     *
     * @throws IllegalArgumentException if it is another one
     */
    public Time {
      check("time", unit, CLOCK_UNITS);
    }

    @Override
    public boolean accepts(DataType storage) {
      boolean fitsInt = unit.compareTo(ChronoUnit.MILLIS) >= 0;
      return storage.equals(fitsInt ? DataType.INT32 : DataType.INT64);
    }
  }

  /**
   * Time since 1970-01-01, in a zone or in none.
   *
   * @param unit seconds to nanoseconds
   * @param zone the name of the zone that values are shown in, being counted in UTC; without one
   *     they are what a clock on the wall showed
   */
  record Timestamp(ChronoUnit unit, Optional<String> zone) implements LogicalType {
    /**
     * Checks the unit.
     *
     * @throws IllegalArgumentException if it is another one
     */
    public Timestamp {
      check("timestamp", unit, CLOCK_UNITS);
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(DataType.INT64);
    }
  }

  /**
   * A length of time.
   *
   * @param unit seconds to nanoseconds
   */
  record Duration(ChronoUnit unit) implements LogicalType {
    /**
     * Checks the unit.
     *
     * @throws IllegalArgumentException if it is another one
     */
    public Duration {
      check("duration", unit, CLOCK_UNITS);
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(DataType.INT64);
    }
  }

  /**
   * Integers that count parts of ten to the power of the scale.
   *
   * @param precision the most digits
   * @param scale the digits after the point; negative for zeros before it
   */
  record Decimal(int precision, int scale) implements LogicalType {
    private static final double BITS_PER_DIGIT = Math.log(10) / Math.log(2);

    /** DLPack has a byte for the bits of a number, so that 256 of them do not fit. */
    private static final DataType HALVES_OF_256_BITS = new DataType(DataType.Code.INT, 128, 2);

    /**
     * Checks the precision.
     *
     * @throws IllegalArgumentException if it is not 1 to 76
     */
    public Decimal {
      if (precision < 1 || precision > 76) {
        throw new IllegalArgumentException(
            "decimal precision: expected 1 to 76 but found " + precision);
      }
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.code() == DataType.Code.INT
          && storage.bits() % 32 == 0
          && (storage.lanes() == 1 || storage.equals(HALVES_OF_256_BITS))
          && storage.elementBits() - 1 >= precision * BITS_PER_DIGIT;
    }
  }

  /** Truth values, of eight rows a byte. */
  record Bits() implements LogicalType {
    @Override
    public Form form() {
      return Form.BITS;
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(DataType.UINT8);
    }
  }

  /**
   * A length of time in parts that are no multiples of each other.
   *
   * @param unit which parts
   */
  record Interval(Unit unit) implements LogicalType {
    /** The parts of an interval, with their bytes. */
    public enum Unit {
      /** Months, as an int32. */
      YEAR_MONTH(Integer.BYTES),
      /** Days and milliseconds, each an int32. */
      DAY_TIME(2 * Integer.BYTES),
      /** Months and days, each an int32, and nanoseconds, an int64. */
      MONTH_DAY_NANO(2 * Integer.BYTES + Long.BYTES);

      private final int bytes;

      Unit(int bytes) {
        this.bytes = bytes;
      }
    }

    @Override
    public Form form() {
      return unit == Unit.YEAR_MONTH ? Form.FLAT : Form.FIXED_BYTES;
    }

    @Override
    public int width() {
      return form() == Form.FIXED_BYTES ? unit.bytes : 0;
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(unit == Unit.YEAR_MONTH ? DataType.INT32 : DataType.UINT8);
    }
  }

  /**
   * Indices of rows of the child, which are the values; rows whose index is null are null, and so
   * are those whose value is.
   *
   * @param ordered whether values are less where their indices are
   */
  record Dictionary(boolean ordered) implements LogicalType {
    @Override
    public Form form() {
      return Form.DICTIONARY;
    }

    @Override
    public boolean accepts(DataType storage) {
      return isInteger(storage)
          && storage.bits() <= Long.SIZE
          && Integer.bitCount(storage.bits()) == 1;
    }
  }

  /** UTF-8. */
  record Text() implements LogicalType {
    @Override
    public Form form() {
      return Form.VARIABLE_BYTES;
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(DataType.UINT8);
    }
  }

  /** Bytes, of any number a row. */
  record Binary() implements LogicalType {
    @Override
    public Form form() {
      return Form.VARIABLE_BYTES;
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(DataType.UINT8);
    }
  }

  /**
   * Bytes, of the same number in every row.
   *
   * @param width how many
   */
  record FixedBinary(int width) implements LogicalType {
    /**
     * Checks the width.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public FixedBinary {
      checkNotNegative("fixed binary width", width);
    }

    @Override
    public Form form() {
      return Form.FIXED_BYTES;
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(DataType.UINT8);
    }
  }

  /** Lists, of any number of the child's rows each. */
  record ListOf() implements LogicalType {
    @Override
    public Form form() {
      return Form.LIST;
    }
  }

  /**
   * Lists, of any number of the child's rows each, that need not follow one another: there may be
   * gaps, and rows that several lists have.
   */
  record ListViewOf() implements LogicalType {
    @Override
    public Form form() {
      return Form.LIST_VIEW;
    }
  }

  /**
   * Lists of entries: the child is of structs of a key and a value. Entries and keys are never
   * null.
   *
   * @param keysSorted whether the keys of each row are in order
   */
  record MapOf(boolean keysSorted) implements LogicalType {
    @Override
    public Form form() {
      return Form.LIST;
    }
  }

  /**
   * Lists, of the same number of the child's rows each.
   *
   * @param size how many
   */
  record FixedListOf(int size) implements LogicalType {
    /**
     * Checks the size.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public FixedListOf {
      checkNotNegative("fixed list size", size);
    }

    @Override
    public Form form() {
      return Form.FIXED_LIST;
    }

    @Override
    public OptionalInt rowsOfChildren() {
      return OptionalInt.of(size);
    }
  }

  /** A row of each child. */
  record Struct() implements LogicalType {
    @Override
    public Form form() {
      return Form.STRUCT;
    }

    @Override
    public OptionalInt rowsOfChildren() {
      return OptionalInt.of(1);
    }
  }

  /**
   * A row of one of the children, which the row's type id says. Only children have nulls.
   *
   * @param mode whether children have a row for every row, or for their own only
   * @param typeIds those of the children, in order
   */
  record Union(Mode mode, List<Integer> typeIds) implements LogicalType {
    /** Which rows children have. */
    public enum Mode {
      /** One for each row, used or not. */
      SPARSE,
      /** Any, to which offsets lead. */
      DENSE
    }

    /**
     * Checks the type ids.
     *
     * @throws IllegalArgumentException if one is not 0 to 127, or there twice
     */
    public Union {
      typeIds = List.copyOf(typeIds);
      boolean inRange = typeIds.stream().allMatch(id -> id >= 0 && id <= Byte.MAX_VALUE);
      if (!inRange || Set.copyOf(typeIds).size() != typeIds.size()) {
        throw new IllegalArgumentException(
            "union type ids: expected numbers of 0 to 127, each once, but found " + typeIds);
      }
    }

    @Override
    public Form form() {
      return mode == Mode.SPARSE ? Form.SPARSE_UNION : Form.DENSE_UNION;
    }

    @Override
    public boolean accepts(DataType storage) {
      return storage.equals(DataType.INT8);
    }

    @Override
    public OptionalInt rowsOfChildren() {
      return mode == Mode.SPARSE ? OptionalInt.of(1) : OptionalInt.empty();
    }
  }

  /**
   * Values that are the same for several rows each. The first child says where each run ends, as
   * int16, int32 or int64 that increase, without nulls; the second one has a value for each run.
   */
  record RunEndEncoded() implements LogicalType {
    @Override
    public Form form() {
      return Form.RUNS;
    }
  }

  /** Seconds to nanoseconds. */
  Set<ChronoUnit> CLOCK_UNITS =
      Set.of(ChronoUnit.SECONDS, ChronoUnit.MILLIS, ChronoUnit.MICROS, ChronoUnit.NANOS);

  private static boolean isInteger(DataType storage) {
    return storage.isKnown()
        && storage.lanes() == 1
        && storage.bits() >= Byte.SIZE
        && (storage.code() == DataType.Code.INT || storage.code() == DataType.Code.UINT);
  }

  private static void check(String what, ChronoUnit unit, Set<ChronoUnit> allowed) {
    if (!allowed.contains(unit)) {
      throw new IllegalArgumentException(
          "%s unit: expected one of %s but found %s"
              .formatted(what, EnumSet.copyOf(allowed), unit));
    }
  }

  private static void checkNotNegative(String what, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(what + ": expected 0 or more but found " + value);
    }
  }
}
