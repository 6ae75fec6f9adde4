package org.dlpack4j;

import java.util.stream.IntStream;

/**
 * The type of one element: DLPack's {@code (code, bits, lanes)} triple, equal only as a whole.
 *
 * <p>The code is open: a value that this version of DLPack does not name survives a round trip and
 * is refused by policy alone, never by this type.
 *
 * @param code what kind of number, one of the constants of {@link Code} or a later one; 0 to 255
 * @param bits the size of one lane; 0 to 255
 * @param lanes how many numbers one element has, 1 unless it is a vector type; 0 to 65535
 */
public record DataType(int code, int bits, int lanes) {

  /** DLPack's type codes, under DLPack's names. */
  public static final class Code {
    /** Signed integer. */
    public static final int INT = 0;

    /** Unsigned integer. */
    public static final int UINT = 1;

    /** IEEE 754 floating point. */
    public static final int FLOAT = 2;

    /** An opaque handle, for testing only. */
    public static final int OPAQUE_HANDLE = 3;

    /** bfloat16. */
    public static final int BFLOAT = 4;

    /** A pair of floating point numbers; the bits are those of the pair. */
    public static final int COMPLEX = 5;

    /** Boolean. */
    public static final int BOOL = 6;

    /** 8-bit float, 3 exponent and 4 mantissa bits. */
    public static final int FLOAT8_E3M4 = 7;

    /** 8-bit float, 4 exponent and 3 mantissa bits. */
    public static final int FLOAT8_E4M3 = 8;

    /** 8-bit float e4m3, bias 11, finite, one unsigned zero. */
    public static final int FLOAT8_E4M3B11FNUZ = 9;

    /** 8-bit float e4m3, finite. */
    public static final int FLOAT8_E4M3FN = 10;

    /** 8-bit float e4m3, finite, one unsigned zero. */
    public static final int FLOAT8_E4M3FNUZ = 11;

    /** 8-bit float, 5 exponent and 2 mantissa bits. */
    public static final int FLOAT8_E5M2 = 12;

    /** 8-bit float e5m2, finite, one unsigned zero. */
    public static final int FLOAT8_E5M2FNUZ = 13;

    /** 8-bit float, exponent only. */
    public static final int FLOAT8_E8M0FNU = 14;

    /** 6-bit float, 2 exponent and 3 mantissa bits. */
    public static final int FLOAT6_E2M3FN = 15;

    /** 6-bit float, 3 exponent and 2 mantissa bits. */
    public static final int FLOAT6_E3M2FN = 16;

    /** 4-bit float, 2 exponent bits and 1 mantissa bit. */
    public static final int FLOAT4_E2M1FN = 17;

    private Code() {}
  }

  /** Signed 8-bit integer. */
  public static final DataType INT8 = new DataType(Code.INT, 8, 1);

  /** Signed 16-bit integer. */
  public static final DataType INT16 = new DataType(Code.INT, 16, 1);

  /** Signed 32-bit integer. */
  public static final DataType INT32 = new DataType(Code.INT, 32, 1);

  /** Signed 64-bit integer. */
  public static final DataType INT64 = new DataType(Code.INT, 64, 1);

  /** Unsigned 8-bit integer. */
  public static final DataType UINT8 = new DataType(Code.UINT, 8, 1);

  /** Unsigned 16-bit integer. */
  public static final DataType UINT16 = new DataType(Code.UINT, 16, 1);

  /** Unsigned 32-bit integer. */
  public static final DataType UINT32 = new DataType(Code.UINT, 32, 1);

  /** Unsigned 64-bit integer. */
  public static final DataType UINT64 = new DataType(Code.UINT, 64, 1);

  /** Half precision. */
  public static final DataType FLOAT16 = new DataType(Code.FLOAT, 16, 1);

  /** Java's {@code float}. */
  public static final DataType FLOAT32 = new DataType(Code.FLOAT, 32, 1);

  /** Java's {@code double}. */
  public static final DataType FLOAT64 = new DataType(Code.FLOAT, 64, 1);

  /** The upper half of a {@code float}. */
  public static final DataType BFLOAT16 = new DataType(Code.BFLOAT, 16, 1);

  /** A pair of {@code float}s. */
  public static final DataType COMPLEX64 = new DataType(Code.COMPLEX, 64, 1);

  /** A pair of {@code double}s. */
  public static final DataType COMPLEX128 = new DataType(Code.COMPLEX, 128, 1);

  /** One byte, 0 or 1. */
  public static final DataType BOOL = new DataType(Code.BOOL, 8, 1);

  /** Signed 4-bit integer, two in a byte unless the tensor is padded. */
  public static final DataType INT4 = new DataType(Code.INT, 4, 1);

  /** Unsigned 4-bit integer, two in a byte unless the tensor is padded. */
  public static final DataType UINT4 = new DataType(Code.UINT, 4, 1);

  private static final String[] NAMES = {
    "int",
    "uint",
    "float",
    "handle",
    "bfloat",
    "complex",
    "bool",
    "float8_e3m4",
    "float8_e4m3",
    "float8_e4m3b11fnuz",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
    "float6_e2m3fn",
    "float6_e3m2fn",
    "float4_e2m1fn",
  };

  private static final DataType[][] USUAL =
      IntStream.range(0, NAMES.length)
          .mapToObj(
              code ->
                  IntStream.rangeClosed(0, 128)
                      .mapToObj(bits -> hasMeaning(code, bits) ? new DataType(code, bits, 1) : null)
                      .toArray(DataType[]::new))
          .toArray(DataType[][]::new);

  /**
   * A type; the same object again and again for those with a meaning and one lane.
   *
   * @param code what kind of number
   * @param bits the size of one lane
   * @param lanes how many numbers one element has
   * @return the type
   * @throws IllegalArgumentException if a part does not fit its C field
   */
  public static DataType of(int code, int bits, int lanes) {
    boolean usual = lanes == 1 && code >= 0 && code < USUAL.length && hasMeaning(code, bits);
    return usual ? USUAL[code][bits] : new DataType(code, bits, lanes);
  }

  /** Whether the header, or what everybody does, says what such a number is. */
  private static boolean hasMeaning(int code, int bits) {
    return switch (code) {
      case Code.INT, Code.UINT -> bits > 0 && bits <= 64 && Integer.bitCount(bits) == 1;
      case Code.FLOAT -> bits == 16 || bits == 32 || bits == 64;
      case Code.BFLOAT -> bits == 16;
      case Code.COMPLEX -> bits == 32 || bits == 64 || bits == 128;
      case Code.FLOAT6_E2M3FN, Code.FLOAT6_E3M2FN -> bits == 6;
      case Code.FLOAT4_E2M1FN -> bits == 4;
      default -> code >= Code.BOOL && code < Code.FLOAT6_E2M3FN && bits == Byte.SIZE;
    };
  }

  /**
   * Whether it is known what a lane of this type is.
   *
   * @return true for the numbers of DLPack 1.3 in their usual sizes, false for opaque handles
   */
  public boolean isKnown() {
    return hasMeaning(code, bits);
  }

  /**
   * Checks that each part fits its C field.
   *
   * @throws IllegalArgumentException if one does not
   */
  public DataType {
    checkFits("code", code, 0xFF);
    checkFits("bits", bits, 0xFF);
    checkFits("lanes", lanes, 0xFFFF);
  }

  private static void checkFits(String field, int value, int most) {
    if (value < 0 || value > most) {
      throw new IllegalArgumentException(
          "dtype " + field + ": expected 0 to " + most + " but found " + value);
    }
  }

  /**
   * The bits of one element, all lanes together.
   *
   * @return {@code bits * lanes}
   */
  public int elementBits() {
    return bits * lanes;
  }

  /**
   * Whether an element is not a whole number of bytes, so that a packed tensor has several in one.
   *
   * @return true for int4, fp6, fp4 and the like
   */
  public boolean isSubByte() {
    return elementBits() % Byte.SIZE != 0;
  }

  /**
   * The bytes that elements occupy when they follow one another, rounded up once over all of them.
   *
   * @param elements how many, not negative
   * @param padded whether each lane fills whole bytes of its own
   * @return the bytes
   * @throws ArithmeticException if they are more than a {@code long} can say
   */
  public long storageBytes(long elements, boolean padded) {
    if (padded) {
      return Math.multiplyExact(elements, (long) paddedBits() / Byte.SIZE);
    }
    // elements * bits / 8 without overflow of the product: split off the eighths.
    long whole = Math.multiplyExact(elements / Byte.SIZE, (long) elementBits());
    long rest = (elements % Byte.SIZE) * elementBits();
    return Math.addExact(whole, (rest + Byte.SIZE - 1) / Byte.SIZE);
  }

  /**
   * The bits from one element to the next.
   *
   * @param padded whether each lane fills whole bytes of its own
   * @return {@link #elementBits()}, or that rounded up lane by lane
   */
  public int strideBits(boolean padded) {
    return padded ? paddedBits() : elementBits();
  }

  private int paddedBits() {
    return (bits + Byte.SIZE - 1) / Byte.SIZE * Byte.SIZE * lanes;
  }

  /**
   * The alignment that a consumer may rely on: that of one number, half of a complex one.
   *
   * @return a power of two, 1 where the number is not one
   */
  public int alignment() {
    int number = code == Code.COMPLEX ? bits / 2 : bits;
    return number >= Byte.SIZE && Integer.bitCount(number) == 1 ? number / Byte.SIZE : 1;
  }

  /**
   * The usual name, such as {@code int64}, {@code bfloat16}, {@code float8_e4m3fn}, {@code
   * float32x4}.
   */
  @Override
  public String toString() {
    String lane;
    if (code >= NAMES.length) {
      lane = "code" + code + "_" + bits;
    } else if ((code == Code.BOOL && bits == Byte.SIZE) || code >= Code.FLOAT8_E3M4) {
      lane = NAMES[code];
    } else {
      lane = NAMES[code] + bits;
    }
    return lanes == 1 ? lane : lane + "x" + lanes;
  }
}
