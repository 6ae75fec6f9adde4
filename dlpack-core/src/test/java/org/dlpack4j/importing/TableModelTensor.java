package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;
import org.dlpack4j.DataType;
import org.dlpack4j.importing.TableViolation.Part;
import org.dlpack4j.internal.Memory;

/**
 * A tensor of a table that is acceptable by itself, in integers without limits: how long it is, and
 * which bytes are its elements'.
 */
record TableModelTensor(
    String path, Part part, long pointer, Snapshot snapshot, ImportModel model, DataType type) {

  private static final Set<Integer> HOST = Set.of(1, 3, 11, 13);
  private static final int FEW_BYTES = 4096;

  BigInteger length() {
    return BigInteger.valueOf(snapshot.shape[0]);
  }

  BigInteger width() {
    return BigInteger.valueOf(snapshot.shape[1]);
  }

  boolean isOnHost() {
    return HOST.contains(snapshot.deviceType);
  }

  /** Whether a test may look at the elements. */
  boolean isReadable() {
    return isOnHost() && (model.isEmpty() || FuzzedTensor.isInPages(model));
  }

  boolean isPadded() {
    return (snapshot.flags & 4) != 0;
  }

  /** Of one number, of which an element may have several. */
  int laneBits() {
    return isPadded() ? (type.bits() + 7) / 8 * 8 : type.bits();
  }

  private int elementBits() {
    return laneBits() * type.lanes();
  }

  private BigInteger stride(int axis) {
    if (snapshot.stridesAddress != 0) {
      return BigInteger.valueOf(snapshot.strides[axis]);
    }
    return axis == 0 && snapshot.ndim == 2
        ? BigInteger.valueOf(Math.max(snapshot.shape[1], 1))
        : BigInteger.ONE;
  }

  /** The bit of memory where an element begins. */
  BigInteger firstBit(long row, long column) {
    BigInteger element = stride(0).multiply(BigInteger.valueOf(row));
    if (snapshot.ndim == 2) {
      element = element.add(stride(1).multiply(BigInteger.valueOf(column)));
    }
    return model
        .firstElement()
        .multiply(BigInteger.valueOf(8))
        .add(element.multiply(BigInteger.valueOf(elementBits())));
  }

  /** An integer of the type's bits at a bit of memory, which must be readable. */
  static long unsignedAt(BigInteger bit, int bits) {
    long value = 0;
    for (int i = 0; i < bits; i++) {
      BigInteger at = bit.add(BigInteger.valueOf(i));
      byte part = Memory.ALL.get(JAVA_BYTE, at.shiftRight(3).longValueExact());
      value |= (long) (part >> (at.intValue() & 7) & 1) << i;
    }
    return value;
  }

  /** A signed integer of one lane. */
  long signed(long row) {
    int unused = Long.SIZE - type.bits();
    return unsignedAt(firstBit(row, 0), type.bits()) << unused >> unused;
  }

  private BigInteger low() {
    return model.firstElement().add(model.lowByte());
  }

  private BigInteger end() {
    return model.firstElement().add(model.endByte());
  }

  /** Whether the bytes from the lowest to the highest element have some in common. */
  boolean meets(TableModelTensor other) {
    return hasPlace()
        && other.hasPlace()
        && low().compareTo(other.end()) < 0
        && other.low().compareTo(end()) < 0;
  }

  private boolean hasPlace() {
    return !model.isEmpty() && model.hasAddresses();
  }

  /** Whether there are few enough elements to look at each. */
  boolean isSmall() {
    return end().subtract(low()).compareTo(BigInteger.valueOf(FEW_BYTES)) <= 0
        && model.count().multiply(BigInteger.valueOf(elementBits())).bitLength() <= 15;
  }

  Set<BigInteger> bytes() {
    Set<BigInteger> bytes = new HashSet<>();
    long columns = snapshot.ndim == 2 ? snapshot.shape[1] : 1;
    for (long row = 0; row < snapshot.shape[0]; row++) {
      for (long column = 0; column < columns; column++) {
        BigInteger first = firstBit(row, column);
        BigInteger last = first.add(BigInteger.valueOf(elementBits() - 1));
        BigInteger end = last.shiftRight(3);
        for (BigInteger at = first.shiftRight(3); at.compareTo(end) <= 0; ) {
          bytes.add(at);
          at = at.add(BigInteger.ONE);
        }
      }
    }
    return bytes;
  }

  /** Whether all that there is to say of the places is the bytes from one to the next. */
  boolean isEvenlySpaced(TableModelTensor other) {
    return isEvenlySpaced()
        && other.isEvenlySpaced()
        && stepBytes().equals(other.stepBytes())
        && stepBytes().signum() != 0;
  }

  private boolean isEvenlySpaced() {
    return snapshot.ndim == 1 && elementBits() % 8 == 0 && snapshot.shape[0] > 1;
  }

  private BigInteger stepBytes() {
    return stride(0).abs().multiply(BigInteger.valueOf(elementBits()));
  }
}
