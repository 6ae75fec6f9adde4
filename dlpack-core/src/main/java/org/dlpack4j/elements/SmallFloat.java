package org.dlpack4j.elements;

import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.jspecify.annotations.Nullable;

/**
 * The floating point formats of at most 16 bits, as a table. Every value of each is a {@code
 * float}. What has no value of its own becomes what ml_dtypes makes of it.
 */
enum SmallFloat {
  FLOAT16(Code.FLOAT, 5, 10, 15, Beyond.INFINITY),
  BFLOAT16(Code.BFLOAT, 8, 7, 127, Beyond.INFINITY),
  FLOAT8_E3M4(Code.FLOAT8_E3M4, 3, 4, 3, Beyond.INFINITY),
  FLOAT8_E4M3(Code.FLOAT8_E4M3, 4, 3, 7, Beyond.INFINITY),
  FLOAT8_E4M3B11FNUZ(Code.FLOAT8_E4M3B11FNUZ, 4, 3, 11, Beyond.NAN_FOR_NEGATIVE_ZERO),
  FLOAT8_E4M3FN(Code.FLOAT8_E4M3FN, 4, 3, 7, Beyond.NAN),
  FLOAT8_E4M3FNUZ(Code.FLOAT8_E4M3FNUZ, 4, 3, 8, Beyond.NAN_FOR_NEGATIVE_ZERO),
  FLOAT8_E5M2(Code.FLOAT8_E5M2, 5, 2, 15, Beyond.INFINITY),
  FLOAT8_E5M2FNUZ(Code.FLOAT8_E5M2FNUZ, 5, 2, 16, Beyond.NAN_FOR_NEGATIVE_ZERO),
  FLOAT8_E8M0FNU(Code.FLOAT8_E8M0FNU, 8, 0, 127, Beyond.POWER_OF_TWO),
  FLOAT6_E2M3FN(Code.FLOAT6_E2M3FN, 2, 3, 1, Beyond.NOTHING),
  FLOAT6_E3M2FN(Code.FLOAT6_E3M2FN, 3, 2, 3, Beyond.NOTHING),
  FLOAT4_E2M1FN(Code.FLOAT4_E2M1FN, 2, 1, 1, Beyond.NOTHING);

  /** What a format has beside finite numbers, which is what overflow and NaN become. */
  private enum Beyond {
    /** The highest exponent is infinity and NaN, as in IEEE 754. */
    INFINITY,
    /** Only the highest pattern is no number. */
    NAN,
    /** Only the pattern of a negative zero is no number, so there is one zero. */
    NAN_FOR_NEGATIVE_ZERO,
    /** No sign and no zero; the highest pattern is NaN. */
    POWER_OF_TWO,
    /** Finite numbers only: overflow ends at the largest. */
    NOTHING
  }

  private static final int DOUBLE_MANTISSA_BITS = 52;
  private static final int DOUBLE_BIAS = 1023;
  private static final SmallFloat[] ALL = values();

  private final int code;
  private final int exponentBits;
  private final int mantissaBits;
  private final int bias;
  private final Beyond beyond;

  SmallFloat(int code, int exponentBits, int mantissaBits, int bias, Beyond beyond) {
    this.code = code;
    this.exponentBits = exponentBits;
    this.mantissaBits = mantissaBits;
    this.bias = bias;
    this.beyond = beyond;
  }

  /** The format of a type of one lane; none if it is not one of these. */
  static @Nullable SmallFloat of(DataType dataType) {
    for (SmallFloat format : ALL) {
      if (format.code == dataType.code() && format.bits() == dataType.bits()) {
        return format;
      }
    }
    return null;
  }

  private int bits() {
    return (isSigned() ? 1 : 0) + exponentBits + mantissaBits;
  }

  private boolean isSigned() {
    return beyond != Beyond.POWER_OF_TWO;
  }

  private int signBit() {
    return isSigned() ? 1 << (exponentBits + mantissaBits) : 0;
  }

  /** The highest pattern that is a finite positive number. */
  private int largest() {
    int highest = (1 << (exponentBits + mantissaBits)) - 1;
    return switch (beyond) {
      case INFINITY -> infinity() - 1;
      case NAN, POWER_OF_TWO -> highest - 1;
      case NAN_FOR_NEGATIVE_ZERO, NOTHING -> highest;
    };
  }

  private int infinity() {
    return ((1 << exponentBits) - 1) << mantissaBits;
  }

  /** The numbers that all patterns stand for, where they are few. */
  float[] table() {
    float[] values = new float[bits() <= Byte.SIZE ? 1 << bits() : 0];
    for (int pattern = 0; pattern < values.length; pattern++) {
      values[pattern] = decode(pattern);
    }
    return values;
  }

  /** The number that a pattern stands for. */
  float decode(int pattern) {
    return switch (this) {
      case FLOAT16 -> Float.float16ToFloat((short) pattern);
      case BFLOAT16 -> Float.intBitsToFloat(pattern << Short.SIZE);
      default -> calculated(pattern);
    };
  }

  private float calculated(int pattern) {
    int magnitude = pattern & ~signBit();
    boolean negative = magnitude != pattern;
    if (beyond == Beyond.NAN_FOR_NEGATIVE_ZERO && negative && magnitude == 0) {
      return Float.NaN;
    }
    float value;
    if (magnitude <= largest()) {
      value = finite(magnitude);
    } else {
      value =
          beyond == Beyond.INFINITY && magnitude == infinity()
              ? Float.POSITIVE_INFINITY
              : Float.NaN;
    }
    return negative ? -value : value;
  }

  private float finite(int magnitude) {
    int exponent = magnitude >> mantissaBits;
    int mantissa = magnitude & ((1 << mantissaBits) - 1);
    if (exponent == 0 && isSigned()) {
      exponent = 1; // subnormal: no implicit bit
    } else {
      mantissa |= 1 << mantissaBits;
    }
    return Math.scalb((float) mantissa, exponent - bias - mantissaBits);
  }

  /** The pattern nearest to a number, rounded once; of two as near, the one with an even end. */
  int encode(double value) {
    long raw = Double.doubleToRawLongBits(value);
    boolean negative = raw < 0;
    if (Double.isNaN(value)) {
      return notANumber(negative);
    }
    if (!isSigned() && (negative || value == 0)) {
      return notANumber(false);
    }
    long magnitude = rounded(raw & Long.MAX_VALUE);
    if (magnitude > largest()) {
      return overflow(negative);
    }
    // Where there is one zero, what rounds to it must not become NaN.
    boolean signed = negative && !(beyond == Beyond.NAN_FOR_NEGATIVE_ZERO && magnitude == 0);
    return (int) magnitude | (signed ? signBit() : 0);
  }

  /** The pattern of a positive number if there were no highest. */
  private long rounded(long raw) {
    int exponent = (int) (raw >>> DOUBLE_MANTISSA_BITS) - DOUBLE_BIAS;
    // A double's subnormals lie far below half of every smallest number here.
    long significand = (raw & ((1L << DOUBLE_MANTISSA_BITS) - 1)) | (1L << DOUBLE_MANTISSA_BITS);
    int lowestExponent = (isSigned() ? 1 : 0) - bias;
    int below = Math.max(lowestExponent - exponent, 0);
    // From 54 on nothing of the significand is left, not even a half.
    int shift = Math.min(DOUBLE_MANTISSA_BITS - mantissaBits + below, DOUBLE_MANTISSA_BITS + 2);
    long half = 1L << (shift - 1);
    long odd = (significand >>> shift) & 1;
    long kept = (significand + half - 1 + odd) >>> shift;
    // The implicit bit, or a carry into its place, counts the exponent up by one.
    long exponentsBelow = Math.max(exponent - lowestExponent, 0);
    long pattern = (exponentsBelow << mantissaBits) + kept;
    return isSigned() ? pattern : Math.max(pattern - 1, 0);
  }

  private int overflow(boolean negative) {
    return switch (beyond) {
      case INFINITY -> infinity() | (negative ? signBit() : 0);
      case NOTHING -> largest() | (negative ? signBit() : 0);
      case NAN, NAN_FOR_NEGATIVE_ZERO, POWER_OF_TWO -> notANumber(negative);
    };
  }

  private int notANumber(boolean negative) {
    int sign = negative ? signBit() : 0;
    return switch (beyond) {
      case INFINITY -> infinity() | (1 << (mantissaBits - 1)) | sign;
      case NAN, POWER_OF_TWO -> (largest() + 1) | sign;
      case NAN_FOR_NEGATIVE_ZERO -> signBit();
      // There is none: a zero, whose sign ml_dtypes turns round.
      case NOTHING -> negative ? 0 : signBit();
    };
  }
}
