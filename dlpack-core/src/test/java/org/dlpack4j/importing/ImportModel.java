package org.dlpack4j.importing;

import static java.math.BigInteger.ONE;
import static java.math.BigInteger.TWO;
import static java.math.BigInteger.ZERO;

import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy.Rules;
import org.dlpack4j.importing.Violation.Field;

/**
 * The rules of an import once more, in integers without limits and with nothing shared with the
 * code that it judges but where the fields are kept.
 */
final class ImportModel {

  private static final BigInteger END_OF_ADDRESSES = TWO.pow(63);
  private static final BigInteger PAGE = BigInteger.valueOf(4096);
  private static final BigInteger BYTE = BigInteger.valueOf(8);
  private static final Set<Integer> HOST = Set.of(1, 3, 11, 13);
  private static final Set<Integer> WITH_ADDRESSES = Set.of(1, 2, 3, 10, 11, 13, 14);

  private final Snapshot tensor;
  private final Rules rules;
  private final int ndim;
  private final List<BigInteger> shape;
  private final List<BigInteger> strides;
  private final boolean accepts;

  ImportModel(Snapshot tensor, Rules rules) {
    this.tensor = tensor;
    this.rules = rules;
    boolean counted = tensor.ndim >= 0 && tensor.ndim <= rules.mostDimensions;
    this.ndim = counted ? tensor.ndim : 0;
    this.shape = IntStream.range(0, ndim).mapToObj(axis -> exact(tensor.shape[axis])).toList();
    this.strides = IntStream.range(0, ndim).mapToObj(this::strideOf).toList();
    this.accepts =
        hasHeader()
            && counted
            && tensor.ndim >= rules.fewestDimensions
            && hasFlags()
            && hasType()
            && hasDevice()
            && hasShape()
            && hasStrides()
            && (isEmpty() ? !rules.toTheLetter || tensor.data == 0 : hasPlace());
  }

  private static BigInteger exact(long value) {
    return BigInteger.valueOf(value);
  }

  private static BigInteger unsigned(long value) {
    return value < 0 ? exact(value).add(TWO.pow(64)) : exact(value);
  }

  private BigInteger strideOf(int axis) {
    if (tensor.stridesAddress != 0) {
      return exact(tensor.strides[axis]);
    }
    return shape.subList(axis + 1, ndim).stream().map(ONE::max).reduce(ONE, BigInteger::multiply);
  }

  boolean accepts() {
    return accepts;
  }

  private boolean leadsSomewhere(Field field, long address) {
    return exact(address).compareTo(PAGE) >= 0
        && exact(address).compareTo(END_OF_ADDRESSES.subtract(PAGE)) < 0
        && !tensor.isUnreadable(field);
  }

  private boolean isArray(Field field, long address) {
    return leadsSomewhere(field, address) && address % 8 == 0;
  }

  private boolean hasHeader() {
    return isArray(Field.MANAGED, tensor.managed)
        && (tensor.deleter == 0 || leadsSomewhere(Field.DELETER, tensor.deleter))
        && tensor.major == 1;
  }

  private boolean isPadded() {
    return (tensor.flags & 4) == 4;
  }

  private boolean hasFlags() {
    return (tensor.flags | rules.flags) == rules.flags && !(isPadded() && bits() % 8 == 0);
  }

  private int code() {
    return tensor.dtype & 0xFF;
  }

  private int bits() {
    return (tensor.dtype >> 8) & 0xFF;
  }

  private int lanes() {
    return (tensor.dtype >> 16) & 0xFFFF;
  }

  private boolean hasType() {
    if (bits() == 0 || lanes() == 0) {
      return false;
    }
    if (rules.anyDataType) {
      return true;
    }
    if (rules.dataTypes != null) {
      return rules.dataTypes.stream()
          .anyMatch(
              type -> type.code() == code() && type.bits() == bits() && type.lanes() == lanes());
    }
    Set<Integer> sizes =
        switch (code()) {
          case 0, 1 -> Set.of(1, 2, 4, 8, 16, 32, 64);
          case 2 -> Set.of(16, 32, 64);
          case 4 -> Set.of(16);
          case 5 -> Set.of(32, 64, 128);
          case 6, 7, 8, 9, 10, 11, 12, 13, 14 -> Set.of(8);
          case 15, 16 -> Set.of(6);
          case 17 -> Set.of(4);
          default -> Set.of();
        };
    return sizes.contains(bits()) && (rules.lanes || lanes() == 1);
  }

  private boolean hasDevice() {
    boolean host = HOST.contains(tensor.deviceType);
    if (rules.anyDevice) {
      return true;
    }
    boolean allowed =
        rules.devices == null
            ? host
            : rules.devices.stream()
                .anyMatch(
                    device -> device.type() == tensor.deviceType && device.id() == tensor.deviceId);
    return allowed && !(rules.toTheLetter && host && tensor.deviceId != 0);
  }

  private boolean hasShape() {
    if (ndim > 0 && !isArray(Field.SHAPE, tensor.shapeAddress)) {
      return false;
    }
    BigInteger product = shape.stream().map(ONE::max).reduce(ONE, BigInteger::multiply);
    return shape.stream().allMatch(size -> size.signum() >= 0)
        && product.compareTo(END_OF_ADDRESSES) < 0
        && count().compareTo(exact(rules.mostElements)) <= 0;
  }

  BigInteger count() {
    return shape.stream().reduce(ONE, BigInteger::multiply);
  }

  boolean isEmpty() {
    return count().signum() == 0;
  }

  private boolean hasStrides() {
    if (ndim > 0) {
      boolean tooNewForNone =
          rules.toTheLetter
              && tensor.flavour == Flavour.VERSIONED
              && Integer.compareUnsigned(tensor.minor, 2) >= 0;
      boolean there =
          tensor.stridesAddress == 0
              ? !tooNewForNone
              : isArray(Field.STRIDES, tensor.stridesAddress);
      if (!there) {
        return false;
      }
    }
    return lowest().compareTo(END_OF_ADDRESSES.negate()) >= 0
        && highest().compareTo(END_OF_ADDRESSES) < 0
        && !(rules.contiguous && !isContiguous())
        && !(rules.toTheLetter && mayOverlap())
        && !(rules.writable && isReadOnly());
  }

  private IntStream longAxes() {
    return IntStream.range(0, isEmpty() ? 0 : ndim)
        .filter(axis -> shape.get(axis).compareTo(ONE) > 0);
  }

  /** How far the last index of an axis is from the first. */
  private BigInteger distance(int axis) {
    return shape.get(axis).subtract(ONE).multiply(strides.get(axis));
  }

  private BigInteger lowest() {
    return longAxes().mapToObj(this::distance).map(ZERO::min).reduce(ZERO, BigInteger::add);
  }

  private BigInteger highest() {
    return longAxes().mapToObj(this::distance).map(ZERO::max).reduce(ZERO, BigInteger::add);
  }

  boolean isContiguous() {
    return longAxes()
        .allMatch(
            axis ->
                strides
                    .get(axis)
                    .equals(
                        shape.subList(axis + 1, ndim).stream().reduce(ONE, BigInteger::multiply)));
  }

  /** Unless each axis steps over all that the shorter steps reach. */
  private boolean mayOverlap() {
    List<Integer> axes =
        longAxes()
            .boxed()
            .sorted((a, b) -> strides.get(a).abs().compareTo(strides.get(b).abs()))
            .toList();
    BigInteger reached = ZERO;
    for (int axis : axes) {
      if (strides.get(axis).abs().compareTo(reached) <= 0) {
        return true;
      }
      reached = reached.add(distance(axis).abs());
    }
    // So far apart that nobody need know: ours gives up, which makes the tensor read-only.
    return reached.compareTo(END_OF_ADDRESSES) >= 0;
  }

  boolean isReadOnly() {
    return (tensor.flags & 1) == 1
        || mayOverlap()
        || (tensor.flavour == Flavour.LEGACY && !rules.legacyIsWritable);
  }

  boolean hasAddresses() {
    return WITH_ADDRESSES.contains(tensor.deviceType);
  }

  private BigInteger elementBits() {
    int laneBits = isPadded() ? (bits() + 7) / 8 * 8 : bits();
    return exact((long) laneBits * lanes());
  }

  BigInteger firstElement() {
    return exact(tensor.data).add(unsigned(tensor.byteOffset));
  }

  /** Rounded down to whole bytes. */
  BigInteger lowByte() {
    return isEmpty() ? ZERO : lowest().multiply(elementBits()).shiftRight(3);
  }

  /** Rounded up to whole bytes. */
  BigInteger endByte() {
    return isEmpty() ? ZERO : highest().add(ONE).multiply(elementBits()).add(exact(7)).divide(BYTE);
  }

  private boolean hasPlace() {
    if (hasAddresses()) {
      if (!leadsSomewhere(Field.DATA, tensor.data)
          || firstElement().add(lowByte()).signum() <= 0
          || firstElement().compareTo(END_OF_ADDRESSES) >= 0
          || firstElement().add(endByte()).compareTo(END_OF_ADDRESSES) >= 0) {
        return false;
      }
    } else if (tensor.data == 0 || tensor.byteOffset != 0) {
      return false;
    }
    // Extents are counted in bits, with a byte to spare.
    BigInteger lastBit = highest().add(ONE).multiply(elementBits()).add(BYTE);
    return lowest().multiply(elementBits()).compareTo(END_OF_ADDRESSES.negate()) >= 0
        && lastBit.compareTo(END_OF_ADDRESSES) < 0
        && endByte().subtract(lowByte()).compareTo(exact(rules.mostBytes)) <= 0
        && (!hasAddresses() || isAligned());
  }

  private boolean isAligned() {
    int number = code() == 5 ? bits() / 2 : bits();
    int natural = Set.of(8, 16, 32, 64, 128).contains(number) ? number / 8 : 1;
    int needed = Math.max(rules.alignment, rules.unaligned ? 1 : natural);
    return firstElement().mod(exact(needed)).signum() == 0;
  }

  /** What a person needs to see who was right. */
  @Override
  public String toString() {
    return ("%s at 0x%x, version %d.%d, deleter 0x%x, flags 0x%x of 0x%x, data 0x%x + 0x%x,"
            + " device %d:%d, ndim %d, dtype 0x%x, shape %s at 0x%x, strides %s at 0x%x%s")
        .formatted(
            tensor.flavour,
            tensor.managed,
            tensor.major,
            tensor.minor,
            tensor.deleter,
            tensor.flags,
            rules.flags,
            tensor.data,
            tensor.byteOffset,
            tensor.deviceType,
            tensor.deviceId,
            tensor.ndim,
            tensor.dtype,
            shape,
            tensor.shapeAddress,
            strides,
            tensor.stridesAddress,
            rules.toTheLetter ? ", to the letter" : "");
  }
}
