package org.dlpack4j.exporting;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.abi.Flavour;

/** The other side of an export: reads the struct field by field as C would, and deletes it. */
@SuppressWarnings("restricted") // The pointers come from the exporter under test.
public final class Consumer {

  private static final MethodHandle DELETER =
      Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ADDRESS));

  private final StructLayout layout;
  private final MemorySegment managed;

  private Consumer(Flavour flavour, MemorySegment pointer) {
    this.layout = flavour.layout();
    this.managed = pointer.reinterpret(layout.byteSize());
  }

  /** Takes a tensor over, as its consumer does. */
  public static Consumer versioned(ExportedTensor tensor) {
    return new Consumer(Flavour.VERSIONED, tensor.transferOut());
  }

  /** Takes a legacy tensor over. */
  static Consumer legacy(ExportedTensor tensor) {
    return new Consumer(Flavour.LEGACY, tensor.transferOut());
  }

  /** Takes over what was given away, such as by a table. */
  static Consumer at(Flavour flavour, long pointer) {
    return new Consumer(flavour, MemorySegment.ofAddress(pointer));
  }

  static Consumer of(Flavour flavour, ExportedTensor tensor) {
    return new Consumer(flavour, tensor.transferOut());
  }

  /** Calls the deleter with the pointer, whatever happened to it before. */
  public void delete() {
    try {
      DELETER.invokeExact(address("deleter"), managed);
    } catch (Throwable e) {
      throw new AssertionError("a deleter does not throw", e);
    }
  }

  long pointer() {
    return managed.address();
  }

  DlpackVersion version() {
    return new DlpackVersion(number("version", "major"), number("version", "minor"));
  }

  /** The flags of a versioned tensor. */
  public long flags() {
    return managed.get(JAVA_LONG, offset("flags"));
  }

  MemorySegment managerContext() {
    return address("manager_ctx");
  }

  /** The address of the first element. */
  public long data() {
    return address("dl_tensor", "data").address();
  }

  Device device() {
    return new Device(
        number("dl_tensor", "device", "device_type"), number("dl_tensor", "device", "device_id"));
  }

  int ndim() {
    return number("dl_tensor", "ndim");
  }

  /** The type. */
  public DataType dataType() {
    return new DataType(
        Byte.toUnsignedInt(managed.get(JAVA_BYTE, offset("dl_tensor", "dtype", "code"))),
        Byte.toUnsignedInt(managed.get(JAVA_BYTE, offset("dl_tensor", "dtype", "bits"))),
        Short.toUnsignedInt(managed.get(JAVA_SHORT, offset("dl_tensor", "dtype", "lanes"))));
  }

  MemorySegment shapePointer() {
    return address("dl_tensor", "shape");
  }

  MemorySegment stridesPointer() {
    return address("dl_tensor", "strides");
  }

  /** The shape. */
  public long[] shape() {
    return numbers(shapePointer());
  }

  long[] strides() {
    return numbers(stridesPointer());
  }

  long byteOffset() {
    return managed.get(JAVA_LONG, offset("dl_tensor", "byte_offset"));
  }

  private long[] numbers(MemorySegment pointer) {
    return pointer.reinterpret(ndim() * JAVA_LONG.byteSize()).toArray(JAVA_LONG);
  }

  private int number(String... path) {
    return managed.get(JAVA_INT, offset(path));
  }

  private MemorySegment address(String... path) {
    return managed.get(ADDRESS, offset(path));
  }

  private long offset(String... path) {
    PathElement[] elements = new PathElement[path.length];
    for (int i = 0; i < path.length; i++) {
      elements[i] = groupElement(path[i]);
    }
    return layout.byteOffset(elements);
  }
}
