package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.EnumSet;
import java.util.Set;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.Violation.Field;
import org.dlpack4j.internal.Extent;

/**
 * Every field of a managed tensor, read once. What is decided and done later looks here and never
 * at the struct again, so that a producer who changes it meanwhile changes nothing. Reading stops
 * where going on would mean to follow a pointer that cannot be one. Reusable, without garbage.
 */
final class Snapshot {

  static final int POINTER_ALIGNMENT = 8;

  /** The first page is never mapped, so that small numbers are not taken for pointers. */
  private static final long LOWEST_POINTER = 4096;

  private static final long STABLE_BYTES = DlpackAbi.FLAGS + Long.BYTES;
  private static final int USUAL_NDIM = 8;

  Flavour flavour = Flavour.VERSIONED;
  long managed;
  private final Set<Field> unreadable = EnumSet.noneOf(Field.class);

  private boolean headerRead;
  int major;
  int minor;
  long deleter;
  long flags;

  private boolean tensorRead;
  long data;
  int deviceType;
  int deviceId;
  int ndim;
  int dtype;
  long shapeAddress;
  long stridesAddress;
  long byteOffset;

  /** Whether shape, and strides unless they are NULL, were read; the arrays may be longer. */
  boolean shapeRead;

  boolean stridesRead;
  long[] shape = new long[USUAL_NDIM];
  long[] strides = new long[USUAL_NDIM];

  /** Reads everything that can be read. */
  void read(long address, Flavour ofFlavour, int mostDimensions, Source source) {
    readHeader(address, ofFlavour, source);
    tensorRead = false;
    shapeRead = false;
    stridesRead = false;
    if (!headerRead || !hasReadableVersion()) {
      return;
    }
    readTensor(source);
    if (tensorRead && ndim >= 0 && ndim <= mostDimensions) {
      readArrays(source);
    }
  }

  /** Reads what is the same in every version, and all that a deleter call needs. */
  void readHeader(long address, Flavour ofFlavour, Source source) {
    managed = address;
    flavour = ofFlavour;
    unreadable.clear();
    headerRead = false;
    if (!isStructPointer(address)) {
      return;
    }
    boolean versioned = ofFlavour == Flavour.VERSIONED;
    long bytes = versioned ? STABLE_BYTES : ofFlavour.layout().byteSize();
    long at = read(Field.MANAGED, address, bytes, source);
    if (at == Source.NOWHERE) {
      return;
    }
    // A legacy tensor has neither: it is of a version that this library reads, without flags.
    major = versioned ? ALL.get(JAVA_INT, at) : DlpackVersion.CURRENT.major();
    minor = versioned ? ALL.get(JAVA_INT, at + Integer.BYTES) : 0;
    flags = versioned ? ALL.get(JAVA_LONG, at + DlpackAbi.FLAGS) : 0;
    deleter = ALL.get(JAVA_LONG, at + ofFlavour.deleter());
    if (isPossiblePointer(deleter)) {
      read(Field.DELETER, deleter, 1, source); // whether code is there, not what
    }
    headerRead = true;
  }

  private void readTensor(Source source) {
    long at =
        read(Field.MANAGED, managed + flavour.tensor(), DlpackAbi.DL_TENSOR.byteSize(), source);
    if (at == Source.NOWHERE) {
      return;
    }
    data = ALL.get(JAVA_LONG, at + DlpackAbi.DATA);
    deviceType = ALL.get(JAVA_INT, at + DlpackAbi.DEVICE);
    deviceId = ALL.get(JAVA_INT, at + DlpackAbi.DEVICE + Integer.BYTES);
    ndim = ALL.get(JAVA_INT, at + DlpackAbi.NDIM);
    dtype = ALL.get(JAVA_INT, at + DlpackAbi.DTYPE);
    shapeAddress = ALL.get(JAVA_LONG, at + DlpackAbi.SHAPE);
    stridesAddress = ALL.get(JAVA_LONG, at + DlpackAbi.STRIDES);
    byteOffset = ALL.get(JAVA_LONG, at + DlpackAbi.BYTE_OFFSET);
    tensorRead = true;
  }

  private void readArrays(Source source) {
    if (ndim > shape.length) {
      shape = new long[ndim];
      strides = new long[ndim];
    }
    shapeRead = ndim == 0 || readArray(Field.SHAPE, shapeAddress, shape, source);
    stridesRead =
        stridesAddress == 0
            || ndim == 0
            || readArray(Field.STRIDES, stridesAddress, strides, source);
  }

  private boolean readArray(Field field, long address, long[] target, Source source) {
    if (!isStructPointer(address)) {
      return false;
    }
    long at = read(field, address, (long) ndim * Long.BYTES, source);
    if (at == Source.NOWHERE) {
      return false;
    }
    for (int axis = 0; axis < ndim; axis++) {
      target[axis] = ALL.get(JAVA_LONG, at + (long) axis * Long.BYTES);
    }
    return true;
  }

  private long read(Field field, long address, long bytes, Source source) {
    long at = source.at(address, bytes);
    if (at == Source.NOWHERE) {
      markUnreadable(field);
    }
    return at;
  }

  /** Notes that a pointer leads nowhere. */
  void markUnreadable(Field field) {
    unreadable.add(field);
  }

  boolean isUnreadable(Field field) {
    return unreadable.contains(field);
  }

  static boolean isPossiblePointer(long address) {
    // Signed: the upper half of the address space is the kernel's. The end of what is read from it
    // must not wrap either; a page is more than any of our structs and arrays.
    return address >= LOWEST_POINTER && address <= Long.MAX_VALUE - LOWEST_POINTER;
  }

  private static boolean isStructPointer(long address) {
    return isPossiblePointer(address) && address % POINTER_ALIGNMENT == 0;
  }

  /** Whether version, deleter and flags are known. */
  boolean headerIsRead() {
    return headerRead;
  }

  /** Whether the fields of the DLTensor are known. */
  boolean tensorIsRead() {
    return tensorRead;
  }

  boolean hasReadableVersion() {
    return major == DlpackVersion.CURRENT.major();
  }

  boolean hasFlag(long flag) {
    return (flags & flag) != 0;
  }

  boolean isPadded() {
    return hasFlag(TensorFlags.IS_SUBBYTE_TYPE_PADDED);
  }

  DataType dataType() {
    return DataType.of(dtype & 0xFF, dtype >>> 8 & 0xFF, dtype >>> 16);
  }

  Device device() {
    return Device.of(deviceType, deviceId);
  }

  /** The address of element [0, …, 0]. */
  long firstElement() {
    return data + byteOffset;
  }

  void fillRowMajorStrides() {
    Extent.rowMajor(ndim, shape, strides);
  }
}
