package org.dlpack4j.table;

import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.dlpack4j.DataType;

/**
 * What the values of a column mean, where the type of its tensor does not say it, and which tensors
 * the column is made of.
 */
public sealed interface LogicalType {

  /** Which tensors a column is made of, its validity aside. */
  enum Form {
    /** Data with one element a row. */
    FLAT,
    /** Data of bytes, with two dimensions: rows, and the bytes of each. */
    FIXED_BYTES,
    /** Offsets, one more than rows, into data of bytes. */
    VARIABLE_BYTES,
    /** Offsets, one more than rows, into the rows of one child. */
    LIST,
    /** One child, with so many rows for each. */
    FIXED_LIST,
    /** Any number of children of as many rows. */
    STRUCT;

    /**
     * Whether such a column has data of its own.
     *
     * @return true also for bytes
     */
    public boolean hasData() {
      return this == FLAT || this == FIXED_BYTES || this == VARIABLE_BYTES;
    }

    /**
     * Whether such a column has offsets.
     *
     * @return true where rows differ in length
     */
    public boolean hasOffsets() {
      return this == VARIABLE_BYTES || this == LIST;
    }
  }

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
   * @return true if it may
   */
  boolean accepts(DataType storage);

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

    @Override
    public boolean accepts(DataType storage) {
      return false;
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
    public boolean accepts(DataType storage) {
      return false;
    }
  }

  /** A row of each child. */
  record Struct() implements LogicalType {
    @Override
    public Form form() {
      return Form.STRUCT;
    }

    @Override
    public boolean accepts(DataType storage) {
      return false;
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
