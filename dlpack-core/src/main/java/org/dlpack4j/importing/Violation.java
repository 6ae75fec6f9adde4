package org.dlpack4j.importing;

import java.io.Serializable;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;

/**
 * One reason not to adopt a tensor.
 *
 * @param code what is wrong
 * @param field where
 * @param axis the dimension, -1 where there is none
 * @param value what was found, as a number: an address, a size, flag bits; for a {@code version},
 *     {@code device} or {@code dtype} the parts packed as in memory
 * @param expected what would have been accepted
 */
public record Violation(Code code, Field field, int axis, long value, String expected)
    implements Serializable {

  /** What can be wrong with a tensor. */
  public enum Code {
    /** A pointer that must lead somewhere is NULL. */
    NULL_POINTER,
    /** A pointer to a struct or an array is not 8-aligned. */
    MISALIGNED_POINTER,
    /** A pointer cannot be one: it is in the first page, or in the kernel's half. */
    IMPOSSIBLE_POINTER,
    /** A pointer leads to memory that is not mapped or not readable; found by probing only. */
    UNREADABLE_POINTER,
    /** Another major version: nothing after the flags was looked at. */
    UNSUPPORTED_VERSION,
    /** Fewer or more dimensions than the policy wants. */
    NDIM_OUT_OF_RANGE,
    /** A size is negative. */
    NEGATIVE_DIMENSION,
    /** The sizes multiply beyond 64 bits. */
    TOO_MANY_ELEMENTS,
    /** The strides reach beyond 64 bits. */
    TOO_FAR,
    /** The elements would lie beyond the address space. */
    OUTSIDE_ADDRESS_SPACE,
    /** The device's data is a handle, to which no offset can be added. */
    OFFSET_OF_HANDLE,
    /** The first element is not at a multiple of what the type or the policy wants. */
    UNALIGNED_DATA,
    /** Flags that the policy does not accept. */
    FLAGS_NOT_ALLOWED,
    /** Padding is for types that do not fill whole bytes. */
    PADDED_WHOLE_BYTES,
    /** A type of no bits or no lanes. */
    EMPTY_DATA_TYPE,
    /** A type that the policy does not accept. */
    DATA_TYPE_NOT_ALLOWED,
    /** More lanes than one. */
    LANES_NOT_ALLOWED,
    /** A device that the policy does not accept. */
    DEVICE_NOT_ALLOWED,
    /** Main memory has one device only. */
    DEVICE_ID_NOT_ZERO,
    /** The elements do not lie row-major without gaps. */
    NOT_CONTIGUOUS,
    /** The tensor must not be written. */
    NOT_WRITABLE,
    /** Several indices may lie on the same element. */
    OVERLAPPING,
    /** Since DLPack 1.2 strides are written out. */
    MISSING_STRIDES,
    /** Without elements there is no data. */
    DATA_OF_EMPTY_TENSOR,
    /** More elements or bytes than the policy accepts. */
    TOO_LARGE
  }

  /** The fields of a managed tensor, under DLPack's names. */
  public enum Field {
    /** The managed tensor itself. */
    MANAGED("managed tensor"),
    /** {@code version}. */
    VERSION("version"),
    /** {@code deleter}. */
    DELETER("deleter"),
    /** {@code flags}. */
    FLAGS("flags"),
    /** {@code data}. */
    DATA("data"),
    /** {@code device}. */
    DEVICE("device"),
    /** {@code ndim}. */
    NDIM("ndim"),
    /** {@code dtype}. */
    DTYPE("dtype"),
    /** {@code shape}, the pointer or a dimension. */
    SHAPE("shape"),
    /** {@code strides}, the pointer or a dimension. */
    STRIDES("strides"),
    /** {@code byte_offset}. */
    BYTE_OFFSET("byte_offset");

    private final String dlpackName;

    Field(String dlpackName) {
      this.dlpackName = dlpackName;
    }

    /** DLPack's name. */
    @Override
    public String toString() {
      return dlpackName;
    }
  }

  /** What was expected and found, such as {@code ndim: expected 0 to 64 but found -1}. */
  @Override
  public String toString() {
    String where = axis < 0 ? "" : (field == Field.SHAPE ? " dimension " : " of dimension ") + axis;
    return field + where + ": expected " + expected + " but found " + found() + advice();
  }

  /** The legacy struct has a pointer where the other one has its version. */
  private String advice() {
    boolean isPointer = field == Field.VERSION && Integer.compareUnsigned((int) value, 0xFF) > 0;
    return isPointer ? "; if it is a DLManagedTensor, which has none, import it by legacy()" : "";
  }

  private String found() {
    int low = (int) value;
    int high = (int) (value >>> Integer.SIZE);
    return switch (field) {
      case VERSION -> new DlpackVersion(low, high).toString();
      case DEVICE -> new Device(low, high).toString();
      case DTYPE -> new DataType(low & 0xFF, low >>> 8 & 0xFF, low >>> 16).toString();
      case BYTE_OFFSET -> Long.toUnsignedString(value);
      case NDIM -> Long.toString(value);
      case SHAPE, STRIDES -> isAboutPointer() ? pointer() : Long.toString(value);
      case MANAGED, DELETER, FLAGS, DATA -> pointer();
    };
  }

  private boolean isAboutPointer() {
    return switch (code) {
      case NULL_POINTER,
          MISALIGNED_POINTER,
          IMPOSSIBLE_POINTER,
          UNREADABLE_POINTER,
          MISSING_STRIDES,
          NOT_CONTIGUOUS,
          OVERLAPPING ->
          true;
      default -> false;
    };
  }

  private String pointer() {
    return value == 0 && field != Field.FLAGS ? "NULL" : "0x" + Long.toHexString(value);
  }
}
