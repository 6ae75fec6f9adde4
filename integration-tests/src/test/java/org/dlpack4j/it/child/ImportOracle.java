package org.dlpack4j.it.child;

import java.math.BigInteger;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.it.HostileFields;

/**
 * What the default policy must decide about raw fields, and where the elements are: once more, in
 * numbers that have no end.
 */
final class ImportOracle {

  private static final BigInteger TWO_63 = BigInteger.TWO.pow(63);
  private static final long FIRST_PAGE = 4096;

  private final HostileFields fields;
  private final long[] shape;
  private final long[] strides;

  /**
   * Takes what the fields say.
   *
   * @param fields whatever they are now
   * @param shape what {@code shape} points to
   * @param strides what {@code strides} points to; row-major where it is NULL
   */
  ImportOracle(HostileFields fields, long[] shape, long[] strides) {
    this.fields = fields;
    this.shape = shape;
    this.strides = strides;
  }

  private long get(String field) {
    return fields.get(field);
  }

  private boolean isVersioned() {
    return fields.flavour() == Flavour.VERSIONED;
  }

  boolean accepts() {
    return isHeaderGood() && isTypeGood() && areDimensionsGood() && (isEmpty() || isPlaceGood());
  }

  private boolean isHeaderGood() {
    boolean flagsGood = get("flags") >= 0 && get("flags") <= 7;
    boolean paddingGood = (get("flags") & 4) == 0 || get("bits") % 8 != 0;
    return (!isVersioned() || (get("major") == 1 && flagsGood && paddingGood))
        && switch ((int) get("device_type")) {
          case 1, 3, 11, 13 -> true;
          default -> false;
        };
  }

  private boolean isTypeGood() {
    long bits = get("bits");
    boolean known =
        switch ((int) get("code")) {
          case 0, 1 -> bits >= 1 && bits <= 64 && Long.bitCount(bits) == 1;
          case 2 -> bits == 16 || bits == 32 || bits == 64;
          case 4 -> bits == 16;
          case 5 -> bits == 32 || bits == 64 || bits == 128;
          case 6, 7, 8, 9, 10, 11, 12, 13, 14 -> bits == 8;
          case 15, 16 -> bits == 6;
          case 17 -> bits == 4;
          default -> false;
        };
    return known && get("lanes") == 1;
  }

  private boolean areDimensionsGood() {
    long ndim = get("ndim");
    if (ndim < 0 || ndim > 64) {
      return false;
    }
    if (ndim > 0 && !isPointer(get("shape"))) {
      return false;
    }
    if (ndim > 0 && get("strides") != 0 && !isPointer(get("strides"))) {
      return false;
    }
    BigInteger product = BigInteger.ONE;
    for (long size : shape) {
      if (size < 0) {
        return false;
      }
      product = product.multiply(BigInteger.valueOf(Math.max(size, 1)));
    }
    return product.compareTo(TWO_63) < 0;
  }

  private static boolean isPointer(long address) {
    return isPossible(address) && address % 8 == 0;
  }

  private static boolean isPossible(long address) {
    return address >= FIRST_PAGE && address < Long.MAX_VALUE - FIRST_PAGE;
  }

  private boolean isEmpty() {
    for (long size : shape) {
      if (size == 0) {
        return true;
      }
    }
    return false;
  }

  private boolean isPlaceGood() {
    long alignment = get("bits") / (get("code") == 5 ? 16 : 8);
    boolean powerOfTwo = Long.bitCount(alignment) == 1;
    return isPossible(get("data"))
        && get("byte_offset") >= 0
        && firstElement().compareTo(TWO_63) < 0
        && areBitsCountable()
        && lowAddress().signum() > 0
        && endAddress().compareTo(TWO_63) < 0
        && (!powerOfTwo || firstElement().longValueExact() % alignment == 0);
  }

  private BigInteger firstElement() {
    return BigInteger.valueOf(get("data")).add(BigInteger.valueOf(get("byte_offset")));
  }

  private BigInteger elementBits() {
    boolean padded = isVersioned() && (get("flags") & 4) != 0;
    return BigInteger.valueOf(padded ? (get("bits") + 7) / 8 * 8 : get("bits"));
  }

  /** In bits from the first element: of the lowest and of the highest element. */
  private BigInteger reach(int sign) {
    BigInteger sum = BigInteger.ZERO;
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] > 1 && Long.signum(strides[axis]) == sign) {
        BigInteger last = BigInteger.valueOf(shape[axis] - 1);
        sum = sum.add(last.multiply(BigInteger.valueOf(strides[axis])));
      }
    }
    return sum.multiply(elementBits());
  }

  /** With a byte to round up into, as bits are counted in 64-bit numbers, too. */
  private boolean areBitsCountable() {
    BigInteger up = reach(1).add(elementBits()).add(BigInteger.valueOf(Byte.SIZE));
    return up.bitLength() < Long.SIZE && reach(-1).bitLength() < Long.SIZE;
  }

  private static BigInteger bytesBefore(BigInteger bits) {
    return bits.shiftRight(3); // rounds down, below 0 too
  }

  private BigInteger lowAddress() {
    return firstElement().add(bytesBefore(reach(-1)));
  }

  private BigInteger endAddress() {
    BigInteger endBits = reach(1).add(elementBits()).add(BigInteger.valueOf(7));
    return firstElement().add(bytesBefore(endBits));
  }

  /** Whether every element of an accepted tensor lies between two addresses, and they are few. */
  boolean isReadable(long from, long to) {
    BigInteger count = BigInteger.ONE;
    for (long size : shape) {
      count = count.multiply(BigInteger.valueOf(size));
    }
    boolean few = count.compareTo(BigInteger.valueOf(FIRST_PAGE)) <= 0;
    return few
        && (count.signum() == 0
            || (lowAddress().compareTo(BigInteger.valueOf(from)) >= 0
                && endAddress().compareTo(BigInteger.valueOf(to)) <= 0));
  }
}
