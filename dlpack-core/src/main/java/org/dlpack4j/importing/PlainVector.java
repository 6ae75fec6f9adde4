package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.dlpack4j.internal.Memory.ALL;

import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy.Rules;

/**
 * Numbers of a known type in main memory, each beyond the one before it, as the columns of most
 * tables are: decided about in a quarter of the time that a {@link Snapshot} and its {@link
 * Validation} take, and as they would. It never says why not; for those that are not plain a
 * snapshot decides, by itself. So no field is read twice for one decision here either. Reusable,
 * without garbage.
 */
final class PlainVector {

  private static final long PLAIN_FLAGS = TensorFlags.READ_ONLY | TensorFlags.IS_COPIED;

  /** So far apart that bits can be counted in a {@code long}, whatever the type. */
  private static final long FARTHEST = 1L << 48;

  private final Flavour flavour;
  private final Rules rules;
  private final boolean possible;

  long managed;
  long deleter;
  long flags;
  boolean readOnly;
  DataType dataType = DataType.UINT8;
  long firstElement;
  long elementCount;
  long stride;

  PlainVector(Flavour flavour, ImportPolicy policy) {
    this.flavour = flavour;
    this.rules = policy.rules();
    this.possible =
        !rules.probing
            && rules.anyDataType
            && rules.fewestDimensions <= 1
            && rules.mostDimensions >= 1
            && (rules.anyDevice || rules.devices == null || rules.devices.contains(Device.CPU));
  }

  /** Whether there is one, with a type, that the policy accepts; if so, all fields are its. */
  boolean read(long address, DataType type) {
    managed = address;
    dataType = type;
    return possible
        && isPlain(type)
        && Snapshot.isStructPointer(address)
        && readHeader(address)
        && readTensor(address + flavour.tensor());
  }

  private static boolean isPlain(DataType type) {
    return type.lanes() == 1 && type.bits() != 0 && type.bits() % Byte.SIZE == 0;
  }

  private boolean readHeader(long address) {
    boolean versioned = flavour == Flavour.VERSIONED;
    if (versioned && intAt(address) != DlpackVersion.CURRENT.major()) {
      return false;
    }
    deleter = longAt(address + flavour.deleter());
    flags = versioned ? longAt(address + DlpackAbi.FLAGS) : 0;
    readOnly = versioned ? (flags & TensorFlags.READ_ONLY) != 0 : !rules.legacyIsWritable;
    return (deleter == 0 || Snapshot.isPossiblePointer(deleter))
        && (flags & ~(PLAIN_FLAGS & rules.flags)) == 0
        && !(readOnly && rules.writable);
  }

  private boolean readTensor(long at) {
    int type = dataType.code() | dataType.bits() << Byte.SIZE | 1 << Short.SIZE;
    return intAt(at + DlpackAbi.DEVICE) == Device.Type.CPU
        && intAt(at + DlpackAbi.DEVICE + Integer.BYTES) == 0
        && intAt(at + DlpackAbi.NDIM) == 1
        && intAt(at + DlpackAbi.DTYPE) == type
        && readArrays(longAt(at + DlpackAbi.SHAPE), longAt(at + DlpackAbi.STRIDES))
        && isPlace(longAt(at + DlpackAbi.DATA), longAt(at + DlpackAbi.BYTE_OFFSET));
  }

  private boolean readArrays(long shape, long strides) {
    if (!Snapshot.isStructPointer(shape)) {
      return false;
    }
    if (strides == 0 ? rules.toTheLetter : !Snapshot.isStructPointer(strides)) {
      return false;
    }
    elementCount = longAt(shape);
    stride = strides == 0 ? 1 : longAt(strides);
    return elementCount > 0
        && elementCount <= rules.mostElements
        && stride > 0
        && (stride == 1 || !rules.contiguous)
        && Math.multiplyHigh(elementCount, stride) == 0
        && elementCount * stride >= 0
        && elementCount * stride <= FARTHEST;
  }

  private boolean isPlace(long data, long byteOffset) {
    firstElement = data + byteOffset;
    long alignment = Math.max(rules.alignment, rules.unaligned ? 1 : dataType.alignment());
    return Snapshot.isPossiblePointer(data)
        && byteOffset >= 0
        && firstElement > 0
        && firstElement + byteSize() > 0
        && (firstElement & (alignment - 1)) == 0
        && byteSize() <= rules.mostBytes;
  }

  /** From the first element to the end of the last. */
  long byteSize() {
    return ((elementCount - 1) * stride + 1) * (dataType.bits() / Byte.SIZE);
  }

  private static int intAt(long address) {
    return ALL.get(JAVA_INT_UNALIGNED, address);
  }

  private static long longAt(long address) {
    return ALL.get(JAVA_LONG_UNALIGNED, address);
  }

  /** As {@link Snapshot#dimensions}. */
  long[] dimensions() {
    return new long[] {elementCount, stride};
  }

  /** As {@link Snapshot#hasDimensions}. */
  boolean hasDimensions(long[] other) {
    return other.length == 2 && other[0] == elementCount && other[1] == stride;
  }
}
