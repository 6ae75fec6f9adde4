package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.dlpack4j.internal.Memory.ALL;

import java.nio.ByteOrder;
import java.util.Arrays;
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

  private static final int POINTER_ALIGNMENT = 8;

  /** The first page is never mapped, so that small numbers are not taken for pointers. */
  private static final long LOWEST_POINTER = 4096;

  private static final long STABLE_BYTES = DlpackAbi.FLAGS + Long.BYTES;
  private static final int TENSOR_WORDS = (int) DlpackAbi.DL_TENSOR.byteSize() / Long.BYTES;
  private static final int USUAL_NDIM = 8;
  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  Flavour flavour = Flavour.VERSIONED;
  long managed;
  private final Set<Field> unreadable = EnumSet.noneOf(Field.class);

  /** Whether version, deleter and flags were read. */
  boolean headerRead;

  int major;
  int minor;
  long deleter;
  long flags;

  /** Whether the fields of the DLTensor were read. */
  boolean tensorRead;

  long data;
  int deviceType;
  int deviceId;
  int ndim;
  int dtype;
  long shapeAddress;
  long stridesAddress;
  long byteOffset;

  // Of tensor after tensor the same, most of the time. A reference is stored only when it changes:
  // for each store into an old object the garbage collector takes as long as for ten fields.
  private int knownDtype;
  private DataType knownDataType = DataType.of(0, 0, 0);
  private Device knownDevice = Device.CPU;

  /** Whether shape, and strides unless they are NULL, were read; the arrays may be longer. */
  boolean shapeRead;

  boolean stridesRead;
  long[] shape = new long[USUAL_NDIM];
  long[] strides = new long[USUAL_NDIM];
  private final long[] words = new long[TENSOR_WORDS];

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

  /** Goes on as if the data were of another type, with elements of as many bits. */
  void takeFor(DataType other) {
    dtype = other.code() | other.bits() << Byte.SIZE | other.lanes() << Short.SIZE;
  }

  /** Reads what is the same in every version, and all that a deleter call needs. */
  void readHeader(long address, Flavour ofFlavour, Source source) {
    managed = address;
    if (flavour != ofFlavour) {
      flavour = ofFlavour;
    }
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
    long start = versioned ? 0 : ofFlavour.managerContext();
    readWords(at + start, words, (int) (bytes - start) / Long.BYTES);
    // A legacy tensor has neither: it is of a version that this library reads, without flags.
    major = versioned ? intOf(0) : DlpackVersion.CURRENT.major();
    minor = versioned ? intOf(Integer.BYTES) : 0;
    flags = versioned ? longOf(DlpackAbi.FLAGS) : 0;
    deleter = longOf(ofFlavour.deleter() - start);
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
    readWords(at, words, TENSOR_WORDS);
    data = longOf(DlpackAbi.DATA);
    deviceType = intOf(DlpackAbi.DEVICE);
    deviceId = intOf(DlpackAbi.DEVICE + Integer.BYTES);
    ndim = intOf(DlpackAbi.NDIM);
    dtype = intOf(DlpackAbi.DTYPE);
    shapeAddress = longOf(DlpackAbi.SHAPE);
    stridesAddress = longOf(DlpackAbi.STRIDES);
    byteOffset = longOf(DlpackAbi.BYTE_OFFSET);
    tensorRead = true;
  }

  private void readArrays(Source source) {
    if (ndim > shape.length) {
      shape = new long[ndim];
      strides = new long[ndim];
    }
    long bytes = (long) ndim * Long.BYTES;
    long shapeAt = arrayAt(Field.SHAPE, shapeAddress, bytes, source);
    long stridesAt = arrayAt(Field.STRIDES, stridesAddress, bytes, source);
    shapeRead = ndim == 0 || shapeAt != Source.NOWHERE;
    stridesRead = ndim == 0 || stridesAddress == 0 || stridesAt != Source.NOWHERE;
    if (shapeAt != Source.NOWHERE && stridesAt != Source.NOWHERE) {
      // One loop for both, as to begin one takes longer than to read a few numbers.
      for (int axis = 0; axis < ndim; axis++) {
        shape[axis] = ALL.get(JAVA_LONG_UNALIGNED, shapeAt + (long) axis * Long.BYTES);
        strides[axis] = ALL.get(JAVA_LONG_UNALIGNED, stridesAt + (long) axis * Long.BYTES);
      }
    } else if (shapeAt != Source.NOWHERE) {
      readWords(shapeAt, shape, ndim);
    } else if (stridesAt != Source.NOWHERE) {
      readWords(stridesAt, strides, ndim);
    }
  }

  private long arrayAt(Field field, long address, long bytes, Source source) {
    return bytes != 0 && isStructPointer(address)
        ? read(field, address, bytes, source)
        : Source.NOWHERE;
  }

  /**
   * Reads 64 bits at a time, in a loop: the fewer places that read memory, the more of an import
   * the compiler inlines before it gives up, and that is worth more than the loop costs.
   */
  private static void readWords(long at, long[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] = ALL.get(JAVA_LONG_UNALIGNED, at + (long) i * Long.BYTES);
    }
  }

  /** The field at an offset from where the words begin. */
  private long longOf(long offset) {
    return words[(int) offset / Long.BYTES];
  }

  private int intOf(long offset) {
    boolean isLow = (offset % Long.BYTES == 0) == LITTLE_ENDIAN;
    return (int) (isLow ? longOf(offset) : longOf(offset) >>> Integer.SIZE);
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
    return !unreadable.isEmpty() && unreadable.contains(field);
  }

  static boolean isPossiblePointer(long address) {
    // Signed: the upper half of the address space is the kernel's. The end of what is read from it
    // must not wrap either; a page is more than any of our structs and arrays.
    return address >= LOWEST_POINTER && address <= Long.MAX_VALUE - LOWEST_POINTER;
  }

  static boolean isStructPointer(long address) {
    return isPossiblePointer(address) && address % POINTER_ALIGNMENT == 0;
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
    if (dtype != knownDtype) {
      knownDtype = dtype;
      knownDataType = DataType.of(dtype & 0xFF, dtype >>> 8 & 0xFF, dtype >>> 16);
    }
    return knownDataType;
  }

  Device device() {
    if (deviceType != knownDevice.type() || deviceId != knownDevice.id()) {
      knownDevice = Device.of(deviceType, deviceId);
    }
    return knownDevice;
  }

  /** The shape, then the strides: one array, as most tensors are never asked for either. */
  long[] dimensions() {
    long[] dimensions = new long[2 * ndim];
    System.arraycopy(shape, 0, dimensions, 0, ndim);
    System.arraycopy(strides, 0, dimensions, ndim, ndim);
    return dimensions;
  }

  /** Whether {@link #dimensions} would give the same. */
  boolean hasDimensions(long[] other) {
    if (other.length != 2 * ndim) {
      return false;
    }
    for (int axis = 0; axis < ndim; axis++) {
      if (other[axis] != shape[axis] || other[ndim + axis] != strides[axis]) {
        return false;
      }
    }
    return true;
  }

  /** The address of element [0, …, 0]. */
  long firstElement() {
    return data + byteOffset;
  }

  void fillRowMajorStrides() {
    Extent.rowMajor(ndim, shape, strides);
  }

  /** What an accepted tensor is. */
  @Override
  public String toString() {
    return dataType() + Arrays.toString(Arrays.copyOf(shape, ndim)) + " on " + device();
  }
}
