package org.dlpack4j.it;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.List;
import java.util.stream.Collectors;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.abi.Flavour;

/**
 * What the hostile producer is to put into a tensor: every field as a raw number, cut to its width
 * by C. Mutable, and reusable: each tensor gets the values of the moment.
 */
public final class HostileFields {

  /** The fields that any value can be put into, under DLPack's names. */
  public static final List<String> NAMES =
      List.of(
          "major",
          "minor",
          "flags",
          "data",
          "device_type",
          "device_id",
          "ndim",
          "code",
          "bits",
          "lanes",
          "shape",
          "strides",
          "byte_offset");

  private static final StructLayout LAYOUT = layout();

  private final Flavour flavour;
  private final MemorySegment values = Arena.ofAuto().allocate(LAYOUT);

  private HostileFields(Flavour flavour) {
    this.flavour = flavour;
  }

  private static StructLayout layout() {
    MemoryLayout[] fields = new MemoryLayout[NAMES.size() + 1];
    fields[0] = JAVA_LONG.withName("versioned");
    for (int i = 1; i < fields.length; i++) {
      fields[i] = JAVA_LONG.withName(NAMES.get(i - 1));
    }
    return MemoryLayout.structLayout(fields);
  }

  /** A scalar of main memory, as DLPack 1.3 wants it, but without an address. */
  public static HostileFields of(Flavour flavour) {
    return new HostileFields(flavour)
        .set("versioned", flavour == Flavour.VERSIONED ? 1 : 0)
        .set("major", 1)
        .set("minor", 3)
        .device(Device.CPU)
        .dataType(DataType.FLOAT64);
  }

  /** A row-major tensor that nothing is wrong with. */
  public static HostileFields of(
      Flavour flavour, MemorySegment data, DataType dataType, long... shape) {
    return of(flavour).data(data).dataType(dataType).shape(shape).strides(rowMajor(shape));
  }

  private static long[] rowMajor(long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape[axis];
    }
    return strides;
  }

  /** Puts a number into a field of {@link #NAMES}. */
  public HostileFields set(String field, long value) {
    values.set(JAVA_LONG, LAYOUT.byteOffset(groupElement(field)), value);
    return this;
  }

  /** What was put into a field of {@link #NAMES}. */
  public long get(String field) {
    return values.get(JAVA_LONG, LAYOUT.byteOffset(groupElement(field)));
  }

  public Flavour flavour() {
    return flavour;
  }

  public HostileFields data(MemorySegment data) {
    return set("data", data.address());
  }

  public HostileFields device(Device device) {
    return set("device_type", device.type()).set("device_id", device.id());
  }

  public HostileFields dataType(DataType type) {
    return set("code", type.code()).set("bits", type.bits()).set("lanes", type.lanes());
  }

  public HostileFields flags(long flags) {
    return set("flags", flags);
  }

  /** The shape, and as many dimensions. */
  public HostileFields shape(long... shape) {
    return set("ndim", shape.length).set("shape", array(shape));
  }

  public HostileFields strides(long... strides) {
    return set("strides", array(strides));
  }

  /** Never freed, as consumers may look late; NULL if it is empty. */
  private static long array(long... values) {
    return values.length == 0 ? 0 : Arena.global().allocateFrom(JAVA_LONG, values).address();
  }

  /** A tensor with these values. */
  public HostileTensor make() {
    return HostileProducer.make(values, flavour);
  }

  /** What was put into every field. */
  @Override
  public String toString() {
    return NAMES.stream()
        .map(name -> name + " 0x" + Long.toHexString(get(name)))
        .collect(Collectors.joining(", ", flavour + " ", ""));
  }

  /** One whose deleter is NULL. */
  public HostileTensor makeWithoutDeleter() {
    return HostileProducer.makeWithoutDeleter(values, flavour);
  }

  /** One whose struct faults when it is looked at after its deletion, or behind its end. */
  public HostileTensor makeGuarded() {
    return HostileProducer.makeGuarded(values, flavour, 0);
  }

  /** The same, of whose struct only the first bytes are there. */
  public HostileTensor makeCutOff(long readableBytes) {
    return HostileProducer.makeGuarded(values, flavour, readableBytes);
  }
}
