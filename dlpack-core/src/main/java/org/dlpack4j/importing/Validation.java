package org.dlpack4j.importing;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy.Rules;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.importing.Violation.Field;
import org.dlpack4j.internal.Extent;

/**
 * Decides about a snapshot: every reason to refuse it, or where its elements are. Looks at the
 * snapshot and the rules and at nothing else. Reusable; makes garbage only to refuse.
 */
final class Validation {

  private static final List<Violation> NONE = List.of();
  private static final int FIRST_MINOR_WITH_STRIDES = 2;

  private final Snapshot tensor;
  private final Extent extent = new Extent();
  private Rules rules = ImportPolicy.DEFAULT.rules();
  private List<Violation> found = NONE;

  private boolean overlaps;
  private boolean located;
  private long lowByte;
  private long endByte;

  Validation(Snapshot tensor) {
    this.tensor = tensor;
  }

  /** Empty if the tensor may be adopted. */
  List<Violation> violations(Rules byRules) {
    if (rules != byRules) {
      rules = byRules;
    }
    if (!found.isEmpty()) {
      found = NONE;
    }
    overlaps = false;
    located = false;
    if (checkHeader()) {
      checkNdim();
      checkFlags();
      checkDataType();
      checkDevice();
      if (checkShape() && checkStrides()) {
        checkPlaces();
      }
    }
    return found;
  }

  /** Whether it is known where the elements are; true for every tensor without violations. */
  boolean isLocated() {
    return located;
  }

  /** The bytes from the first element to the lowest one: 0 or less. */
  long lowByte() {
    return lowByte;
  }

  /** The bytes from the first element to the end of the highest one; 0 if there are none. */
  long endByte() {
    return endByte;
  }

  boolean isEmpty() {
    return extent.elementCount() == 0;
  }

  boolean isContiguous() {
    return extent.isContiguous();
  }

  long elementCount() {
    return extent.elementCount();
  }

  boolean isReadOnly() {
    return overlaps
        || tensor.hasFlag(TensorFlags.READ_ONLY)
        || (tensor.flavour == Flavour.LEGACY && !rules.legacyIsWritable);
  }

  /** Empty if the deleter can be called, whatever else is wrong. */
  List<Violation> deletionViolations() {
    found = NONE;
    checkStruct();
    return found;
  }

  /** Also whether there is a struct. */
  private boolean checkStruct() {
    if (!tensor.headerRead || tensor.isUnreadable(Field.MANAGED)) {
      explain(Field.MANAGED, tensor.managed);
      return false;
    }
    if (tensor.deleter != 0) {
      checkReaches(Field.DELETER, tensor.deleter);
    }
    return true;
  }

  /** Also whether the rest may be looked at. */
  private boolean checkHeader() {
    if (!checkStruct()) {
      return false;
    }
    if (!tensor.hasReadableVersion()) {
      long version = Integer.toUnsignedLong(tensor.major) | (long) tensor.minor << Integer.SIZE;
      add(Code.UNSUPPORTED_VERSION, Field.VERSION, version, DlpackVersion.CURRENT.major() + ".x");
      return false;
    }
    return true;
  }

  private void checkNdim() {
    if (tensor.ndim < rules.fewestDimensions || tensor.ndim > rules.mostDimensions) {
      String expected =
          rules.fewestDimensions == rules.mostDimensions
              ? Integer.toString(rules.mostDimensions)
              : rules.fewestDimensions + " to " + rules.mostDimensions;
      add(Code.NDIM_OUT_OF_RANGE, Field.NDIM, tensor.ndim, expected);
    }
  }

  private void checkFlags() {
    if ((tensor.flags & ~rules.flags) != 0) {
      String allowed = "none but 0x" + Long.toHexString(rules.flags);
      add(Code.FLAGS_NOT_ALLOWED, Field.FLAGS, tensor.flags, allowed);
    }
    DataType type = tensor.dataType();
    if (tensor.isPadded() && type.bits() % Byte.SIZE == 0) {
      add(Code.PADDED_WHOLE_BYTES, Field.FLAGS, tensor.flags, "no padding of " + type);
    }
  }

  private void checkDataType() {
    DataType type = tensor.dataType();
    if (type.elementBits() == 0) {
      add(Code.EMPTY_DATA_TYPE, Field.DTYPE, tensor.dtype & 0xFFFFFFFFL, "bits and lanes");
    } else if (rules.dataTypes != null && !rules.anyDataType) {
      if (!rules.dataTypes.contains(type)) {
        notAllowed(type, "one of " + rules.dataTypes);
      }
    } else if (!rules.anyDataType) {
      if (!type.isKnown()) {
        notAllowed(type, "a type of DLPack " + DlpackVersion.CURRENT);
      } else if (type.lanes() != 1 && !rules.lanes) {
        add(Code.LANES_NOT_ALLOWED, Field.DTYPE, packed(type), "one lane");
      }
    }
  }

  private void notAllowed(DataType type, String expected) {
    add(Code.DATA_TYPE_NOT_ALLOWED, Field.DTYPE, packed(type), expected);
  }

  private static long packed(DataType type) {
    return type.code() | type.bits() << Byte.SIZE | (long) type.lanes() << Short.SIZE;
  }

  private void checkDevice() {
    Device device = tensor.device();
    if (rules.anyDevice) {
      return;
    }
    if (rules.devices == null) {
      if (!device.isHostAccessible()) {
        add(Code.DEVICE_NOT_ALLOWED, Field.DEVICE, packed(device), "memory that the CPU may read");
      }
    } else if (!rules.devices.contains(device)) {
      add(Code.DEVICE_NOT_ALLOWED, Field.DEVICE, packed(device), "one of " + rules.devices);
    }
    if (rules.toTheLetter && device.isHostAccessible() && device.id() != 0) {
      add(Code.DEVICE_ID_NOT_ZERO, Field.DEVICE, packed(device), "id 0");
    }
  }

  private static long packed(Device device) {
    return Integer.toUnsignedLong(device.type()) | (long) device.id() << Integer.SIZE;
  }

  /** Also whether the elements could be counted. */
  private boolean checkShape() {
    int ndim = tensor.ndim;
    if (ndim < 0 || ndim > rules.mostDimensions) {
      return false;
    }
    if (!tensor.shapeRead) {
      explain(Field.SHAPE, tensor.shapeAddress);
      return false;
    }
    int axis = extent.count(ndim, tensor.shape);
    if (axis != Extent.FITS) {
      if (!findNegativeDimensions()) {
        String expected = "at most 2^63 - 1 elements together with the dimensions before it";
        add(Code.TOO_MANY_ELEMENTS, Field.SHAPE, axis, tensor.shape[axis], expected);
      }
      return false;
    }
    if (extent.elementCount() > rules.mostElements) {
      String most = "at most " + rules.mostElements + " elements";
      add(Code.TOO_LARGE, Field.SHAPE, extent.elementCount(), most);
    }
    return true;
  }

  private boolean findNegativeDimensions() {
    boolean negative = false;
    for (int axis = 0; axis < tensor.ndim; axis++) {
      if (tensor.shape[axis] < 0) {
        add(Code.NEGATIVE_DIMENSION, Field.SHAPE, axis, tensor.shape[axis], "0 or more");
        negative = true;
      }
    }
    return negative;
  }

  /** Also whether it is known what the strides reach. */
  private boolean checkStrides() {
    int ndim = tensor.ndim;
    if (ndim > 0 && tensor.stridesAddress == 0) {
      tensor.fillRowMajorStrides();
      if (rules.toTheLetter
          && tensor.flavour == Flavour.VERSIONED
          && Integer.compareUnsigned(tensor.minor, FIRST_MINOR_WITH_STRIDES) >= 0) {
        add(Code.MISSING_STRIDES, Field.STRIDES, 0, "strides from version 1.2 on");
      }
    } else if (!tensor.stridesRead) {
      explain(Field.STRIDES, tensor.stridesAddress);
      return false;
    }
    int axis = extent.reach(ndim, tensor.shape, tensor.strides);
    if (axis != Extent.FITS) {
      String expected = "one that stays within 2^63 - 1 elements";
      add(Code.TOO_FAR, Field.STRIDES, axis, tensor.strides[axis], expected);
      return false;
    }
    if (rules.contiguous && !extent.isContiguous()) {
      add(Code.NOT_CONTIGUOUS, Field.STRIDES, tensor.stridesAddress, "row-major without gaps");
    }
    overlaps = !extent.isContiguous() && Extent.mayOverlap(ndim, tensor.shape, tensor.strides);
    if (overlaps && rules.toTheLetter) {
      String expected = "elements that do not overlap";
      add(Code.OVERLAPPING, Field.STRIDES, tensor.stridesAddress, expected);
    }
    if (rules.writable && isReadOnly()) {
      add(Code.NOT_WRITABLE, Field.FLAGS, tensor.flags, "a writable tensor" + whyNotWritable());
    }
    return true;
  }

  private String whyNotWritable() {
    if (overlaps) {
      return " whose elements do not overlap";
    }
    return tensor.flavour == Flavour.LEGACY ? ", which a legacy one cannot promise" : "";
  }

  private void checkPlaces() {
    if (isEmpty()) {
      lowByte = 0;
      endByte = 0;
      located = true;
      if (rules.toTheLetter && tensor.data != 0) {
        add(Code.DATA_OF_EMPTY_TENSOR, Field.DATA, tensor.data, "NULL without elements");
      }
      return;
    }
    if (!checkData() || !measureBytes()) {
      return;
    }
    located = true;
    if (endByte - lowByte > rules.mostBytes) {
      add(Code.TOO_LARGE, Field.SHAPE, endByte - lowByte, "at most " + rules.mostBytes + " bytes");
    }
    Device device = tensor.device();
    if (device.hasAddresses()) {
      int needed = rules.alignment;
      if (!rules.unaligned) {
        needed = Math.max(needed, tensor.dataType().alignment());
      }
      if ((tensor.firstElement() & (needed - 1)) != 0) {
        String expected = "data + byte_offset at a multiple of " + needed + " bytes";
        add(Code.UNALIGNED_DATA, Field.DATA, tensor.firstElement(), expected);
      }
    }
  }

  /** Whether there is data to which the offset can be added. */
  private boolean checkData() {
    Device device = tensor.device();
    if (!device.hasAddresses()) {
      if (tensor.data == 0) {
        add(Code.NULL_POINTER, Field.DATA, 0, "a handle of " + extent.elementCount() + " elements");
      }
      if (tensor.byteOffset != 0) {
        String expected = "0, as the data of " + device + " is a handle";
        add(Code.OFFSET_OF_HANDLE, Field.BYTE_OFFSET, tensor.byteOffset, expected);
      }
      return tensor.data != 0 && tensor.byteOffset == 0;
    }
    if (tensor.data == 0) {
      String expected = "an address of " + extent.elementCount() + " elements";
      add(Code.NULL_POINTER, Field.DATA, 0, expected);
      return false;
    }
    if (!checkReaches(Field.DATA, tensor.data)) {
      return false;
    }
    // Unsigned in DLPack, so a negative one is beyond every address.
    if (tensor.byteOffset < 0 || tensor.firstElement() < 0) {
      String expected = "one that stays within the address space from data 0x";
      expected += Long.toHexString(tensor.data);
      add(Code.OUTSIDE_ADDRESS_SPACE, Field.BYTE_OFFSET, tensor.byteOffset, expected);
      return false;
    }
    return true;
  }

  /** Where the elements begin and end; false if that is not in the address space. */
  private boolean measureBytes() {
    long bits = tensor.dataType().strideBits(tensor.isPadded());
    if (bits == 0) {
      return false; // which has been said
    }
    long lowBits = extent.lowest() * bits;
    long lastBits = extent.highest() * bits;
    boolean fits =
        Math.multiplyHigh(extent.lowest(), bits) == lowBits >> (Long.SIZE - 1)
            && Math.multiplyHigh(extent.highest(), bits) == lastBits >> (Long.SIZE - 1)
            && lastBits <= Long.MAX_VALUE - bits - Byte.SIZE;
    if (fits) {
      lowByte = lowBits >> 3;
      endByte = (lastBits + bits + 7) >> 3;
      fits =
          !tensor.device().hasAddresses()
              || (tensor.firstElement() + lowByte > 0 && tensor.firstElement() + endByte > 0);
    }
    if (!fits) {
      String expected = "all elements within the address space";
      add(Code.OUTSIDE_ADDRESS_SPACE, Field.DATA, tensor.firstElement(), expected);
    }
    return fits;
  }

  /** Says why a pointer to a struct or an array was not followed. */
  private void explain(Field field, long address) {
    if (address == 0) {
      add(Code.NULL_POINTER, field, address, "a pointer");
    } else if (checkReaches(field, address)) {
      add(Code.MISALIGNED_POINTER, field, address, "a pointer aligned to 8 bytes");
    }
  }

  private boolean checkReaches(Field field, long address) {
    if (!Snapshot.isPossiblePointer(address)) {
      add(Code.IMPOSSIBLE_POINTER, field, address, "an address that a process can have");
      return false;
    }
    if (tensor.isUnreadable(field)) {
      add(Code.UNREADABLE_POINTER, field, address, "mapped memory");
      return false;
    }
    return true;
  }

  private void add(Code code, Field field, long value, String expected) {
    add(code, field, -1, value, expected);
  }

  private void add(Code code, Field field, int axis, long value, String expected) {
    if (found.isEmpty()) {
      found = new ArrayList<>();
    }
    found.add(new Violation(code, field, axis, value, expected));
  }
}
