package org.dlpack4j.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.internal.Extent;

/**
 * What our allocator is asked for, read once. The shim's prototype.c does the same with the same
 * words; a test compares them.
 *
 * @param dataType of an element
 * @param layout row-major
 * @param bytes of all elements, 0 if there are none
 */
record Prototype(DataType dataType, TensorLayout layout, long bytes) {

  private static final int MOST_DIMENSIONS = 128;

  /** What malloc can be asked for at all, with room for struct, shape and alignment. */
  private static final long MOST_BYTES = 1L << 62;

  static Prototype read(long prototype, long out) throws AllocationRefusal {
    requireAddress("prototype", "a DLTensor", prototype, "fill one in");
    requireAddress("out", "a pointer", out, "say where the tensor goes");
    int code = ALL.get(JAVA_INT, prototype + DlpackAbi.DTYPE);
    DataType dataType = DataType.of(code & 0xFF, code >>> 8 & 0xFF, code >>> 16);
    int ndim = ALL.get(JAVA_INT, prototype + DlpackAbi.NDIM);
    requireMainMemory(
        ALL.get(JAVA_INT, prototype + DlpackAbi.DEVICE),
        ALL.get(JAVA_INT, prototype + DlpackAbi.DEVICE + Integer.BYTES));
    if (ndim < 0 || ndim > MOST_DIMENSIONS) {
      throw AllocationRefusal.value(
          "ndim: expected 0 to 128 but found %d; pass the number of sizes".formatted(ndim));
    }
    if (dataType.elementBits() == 0) {
      throw AllocationRefusal.value(
          ("dtype: expected 1 or more bits and lanes but found %d bits and %d lanes; fill in the"
                  + " type of an element")
              .formatted(dataType.bits(), dataType.lanes()));
    }
    long[] shape = new long[ndim];
    if (ndim != 0) {
      readShape(ALL.get(JAVA_LONG, prototype + DlpackAbi.SHAPE), shape);
    }
    TensorLayout layout = TensorLayout.contiguous(shape);
    return new Prototype(dataType, layout, bytes(dataType, layout.elementCount()));
  }

  /** The prototype that another library's allocator gets. */
  static MemorySegment write(Arena arena, DataType type, Device device, TensorLayout layout) {
    int ndim = layout.ndim();
    MemorySegment prototype = arena.allocate(DlpackAbi.DL_TENSOR);
    prototype.set(JAVA_INT, DlpackAbi.DEVICE, device.type());
    prototype.set(JAVA_INT, DlpackAbi.DEVICE + Integer.BYTES, device.id());
    prototype.set(JAVA_INT, DlpackAbi.NDIM, ndim);
    prototype.set(
        JAVA_INT,
        DlpackAbi.DTYPE,
        type.code() | type.bits() << Byte.SIZE | type.lanes() << Short.SIZE);
    if (ndim != 0) {
      MemorySegment arrays = arena.allocate(JAVA_LONG, 2L * ndim);
      layout.writeTo(arrays, 0);
      prototype.set(JAVA_LONG, DlpackAbi.SHAPE, arrays.address());
      prototype.set(JAVA_LONG, DlpackAbi.STRIDES, arrays.address() + (long) ndim * Long.BYTES);
    }
    return prototype;
  }

  private static void requireMainMemory(int type, int id) throws AllocationRefusal {
    if (type != Device.Type.CPU || id != 0) {
      throw new AllocationRefusal(
          "BufferError",
          "device: expected main memory, type 1 and id 0, but found type %d and id %d; ask the library of that device"
              .formatted(type, id));
    }
  }

  private static void requireAddress(String field, String what, long address, String whatToDo)
      throws AllocationRefusal {
    if (address == 0 || address % Long.BYTES != 0) {
      throw AllocationRefusal.value(
          "%s: expected the 8-aligned address of %s but found 0x%x; %s"
              .formatted(field, what, address, whatToDo));
    }
  }

  private static void readShape(long address, long[] shape) throws AllocationRefusal {
    requireAddress("shape", "the sizes", address, "fill them in");
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = ALL.get(JAVA_LONG, address + (long) axis * Long.BYTES);
    }
    int axis = new Extent().count(shape.length, shape);
    if (axis == Extent.FITS) {
      return;
    }
    String message =
        shape[axis] < 0
            ? "shape dimension %d: expected 0 or more but found %d; pass the sizes of the tensor"
            : "shape dimension %d: expected at most 2^63 - 1 elements in all but found size %d; ask"
                + " for less";
    throw AllocationRefusal.value(message.formatted(axis, shape[axis]));
  }

  private static long bytes(DataType dataType, long elements) throws AllocationRefusal {
    int bits = dataType.elementBits();
    long eighths = elements / Byte.SIZE;
    long whole = eighths * bits;
    if (Math.multiplyHigh(eighths, bits) != 0 || whole < 0 || whole > MOST_BYTES) {
      throw AllocationRefusal.value(
          "shape: expected at most 2^62 bytes but found %d elements of %d bits; ask for less"
              .formatted(elements, bits));
    }
    return dataType.storageBytes(elements, false);
  }
}
