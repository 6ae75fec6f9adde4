package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.NativeCalls;

/**
 * A managed tensor as another library would make it, each field to be set to anything, with a
 * deleter that counts. At first a writable float32 of shape [2, 3] in main memory, of version 1.3.
 * Lives as long as the process, so that a late deleter call is seen and does no harm.
 */
final class ForeignTensor {

  static final int DATA_BYTES = 256;

  /** {@code void (*)(DLManagedTensor *)}: counts. */
  static final long DELETER = NativeCalls.stub(MethodHandles.lookup(), "delete");

  private static final Map<Long, ForeignTensor> BY_ADDRESS = new ConcurrentHashMap<>();
  private static final int MOST_DIMENSIONS = 130;

  private final Flavour flavour;
  private final MemorySegment struct;
  private final MemorySegment shape;
  private final MemorySegment strides;
  private final MemorySegment data;
  private final AtomicInteger deletions = new AtomicInteger();
  private final Map<Long, Long> pretended = new HashMap<>();
  private long pointer;

  private ForeignTensor(Flavour flavour) {
    Arena arena = Arena.ofAuto();
    this.flavour = flavour;
    this.struct = arena.allocate(flavour.layout());
    this.shape = arena.allocate(JAVA_LONG, MOST_DIMENSIONS);
    this.strides = arena.allocate(JAVA_LONG, MOST_DIMENSIONS);
    this.data = arena.allocate(DATA_BYTES, 64);
    this.pointer = struct.address();
    BY_ADDRESS.put(pointer, this);
    version(1, 3).deleter(DELETER).data(data.address()).device(Device.CPU);
    dataType(DataType.FLOAT32).shape(2, 3);
  }

  static ForeignTensor of(Flavour flavour) {
    return new ForeignTensor(flavour);
  }

  static ForeignTensor versioned() {
    return of(Flavour.VERSIONED);
  }

  static ForeignTensor legacy() {
    return of(Flavour.LEGACY);
  }

  static void delete(long managed) {
    ForeignTensor tensor = BY_ADDRESS.get(managed);
    if (tensor != null) { // else its count, which a test asserts, stays what it is
      tensor.deletions.incrementAndGet();
    }
  }

  /** How often the deleter was called with the struct's own address or another one given out. */
  int deletions() {
    return deletions.get();
  }

  Flavour flavour() {
    return flavour;
  }

  /** An importer of this flavour. */
  TensorImporter importer() {
    return flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
  }

  /** What an importer gets. */
  MemorySegment pointer() {
    return MemorySegment.ofAddress(pointer);
  }

  long address() {
    return pointer;
  }

  /** Gives out another pointer than the struct's, such as that of a copy. */
  ForeignTensor pointer(long address) {
    pointer = address;
    BY_ADDRESS.put(address, this);
    return this;
  }

  /** As if the struct were at an address, for those who read from {@link #source()}. */
  ForeignTensor pretending(long address) {
    return pointer(address).pretend(address, struct.address());
  }

  ForeignTensor pretendingShape(long address) {
    return shapePointer(address).pretend(address, shape.address());
  }

  ForeignTensor pretendingStrides(long address) {
    return stridesPointer(address).pretend(address, strides.address());
  }

  private ForeignTensor pretend(long address, long real) {
    pretended.put(address, real);
    return this;
  }

  /** Whether every pointer that is followed leads where it says. */
  boolean isReal() {
    return pretended.isEmpty();
  }

  /** The memory itself, but for the addresses that are pretended. */
  Source source() {
    return (address, bytes) ->
        pretended.entrySet().stream()
            .filter(entry -> address >= entry.getKey() && address - entry.getKey() < 128)
            .mapToLong(entry -> entry.getValue() + address - entry.getKey())
            .findFirst()
            .orElse(address);
  }

  /** All of the struct, as bytes. */
  MemorySegment struct() {
    return struct;
  }

  /** The memory that {@code data} points to at first. */
  MemorySegment data() {
    return data;
  }

  /** The memory that {@code shape} points to at first. */
  MemorySegment shapeMemory() {
    return shape;
  }

  long stridesAddress() {
    return strides.address();
  }

  ForeignTensor version(int major, int minor) {
    if (flavour == Flavour.VERSIONED) {
      struct.set(JAVA_INT, 0, major);
      struct.set(JAVA_INT, Integer.BYTES, minor);
    }
    return this;
  }

  ForeignTensor flags(long flags) {
    struct.set(JAVA_LONG, DlpackAbi.FLAGS, flags);
    return this;
  }

  ForeignTensor deleter(long address) {
    struct.set(JAVA_LONG, flavour.deleter(), address);
    return this;
  }

  ForeignTensor data(long address) {
    struct.set(JAVA_LONG, tensor(DlpackAbi.DATA), address);
    return this;
  }

  ForeignTensor byteOffset(long bytes) {
    struct.set(JAVA_LONG, tensor(DlpackAbi.BYTE_OFFSET), bytes);
    return this;
  }

  ForeignTensor device(Device device) {
    struct.set(JAVA_INT, tensor(DlpackAbi.DEVICE), device.type());
    struct.set(JAVA_INT, tensor(DlpackAbi.DEVICE) + Integer.BYTES, device.id());
    return this;
  }

  ForeignTensor dataType(DataType type) {
    return dataType(type.code(), type.bits(), type.lanes());
  }

  ForeignTensor dataType(int code, int bits, int lanes) {
    struct.set(JAVA_BYTE, tensor(DlpackAbi.DTYPE), (byte) code);
    struct.set(JAVA_BYTE, tensor(DlpackAbi.DTYPE) + 1, (byte) bits);
    struct.set(JAVA_SHORT, tensor(DlpackAbi.DTYPE) + 2, (short) lanes);
    return this;
  }

  /** The number alone, whatever shape and strides there are. */
  ForeignTensor ndim(int ndim) {
    struct.set(JAVA_INT, tensor(DlpackAbi.NDIM), ndim);
    return this;
  }

  /** Also sets {@code ndim}, and row-major strides. */
  ForeignTensor shape(long... sizes) {
    long stride = 1;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      shape.setAtIndex(JAVA_LONG, axis, sizes[axis]);
      strides.setAtIndex(JAVA_LONG, axis, stride);
      stride *= Math.max(sizes[axis], 1);
    }
    return ndim(sizes.length).shapePointer(shape.address()).stridesPointer(strides.address());
  }

  ForeignTensor shapePointer(long address) {
    struct.set(JAVA_LONG, tensor(DlpackAbi.SHAPE), address);
    return this;
  }

  ForeignTensor strides(long... elements) {
    MemorySegment.copy(elements, 0, strides, JAVA_LONG, 0, elements.length);
    return stridesPointer(strides.address());
  }

  ForeignTensor stridesPointer(long address) {
    struct.set(JAVA_LONG, tensor(DlpackAbi.STRIDES), address);
    return this;
  }

  ForeignTensor withoutStrides() {
    return stridesPointer(0);
  }

  private long tensor(long field) {
    return flavour.tensor() + field;
  }
}
