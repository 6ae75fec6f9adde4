package org.dlpack4j.it;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.importing.Violation.Field;

/**
 * A tensor of float64[2, 3] with one thing wrong with it.
 *
 * @param flavour of the tensor
 * @param policy that refuses it
 * @param wrong what is wrong
 * @param code how that is called
 * @param field where it is
 * @param axis the dimension, or -1
 */
record Refusal(
    Flavour flavour,
    ImportPolicy policy,
    Consumer<HostileFields> wrong,
    Code code,
    Field field,
    int axis) {

  private static final MemorySegment DATA = HostileProducer.map(128);
  private static final MemorySegment CLOSED = HostileProducer.map(4096);
  private static final Device OPENCL = new Device(Device.Type.OPENCL, 0);
  private static final long TWO_32 = 1L << 32;

  /** Of two pages the second can be read. */
  private static final MemorySegment HALF_CLOSED = HostileProducer.map(2 * 4096);

  static {
    HostileProducer.forbidAccess(CLOSED);
    HostileProducer.forbidAccess(HALF_CLOSED.asSlice(0, 4096));
  }

  /** Every kind, most of them several times. */
  static List<Refusal> all() {
    List<Refusal> all = new ArrayList<>();
    pointers(all);
    versions(all);
    dimensions(all);
    places(all);
    types(all);
    devices(all);
    wishes(all);
    return all;
  }

  TensorImporter importer() {
    TensorImporter importer =
        flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
    return importer.with(policy);
  }

  HostileFields fields() {
    HostileFields fields = HostileFields.of(flavour, DATA, DataType.FLOAT64, 2, 3);
    wrong.accept(fields);
    return fields;
  }

  HostileTensor make() {
    return fields().make();
  }

  private static void pointers(List<Refusal> all) {
    for (String name : List.of("shape", "strides")) {
      Field field = name.equals("shape") ? Field.SHAPE : Field.STRIDES;
      both(all, set(name, DATA.address() + 4), Code.MISALIGNED_POINTER, field);
      both(all, set(name, 8), Code.IMPOSSIBLE_POINTER, field);
      both(all, set(name, -8), Code.IMPOSSIBLE_POINTER, field);
      both(all, set(name, Long.MIN_VALUE), Code.IMPOSSIBLE_POINTER, field);
      add(all, ImportPolicy.PROBED, set(name, CLOSED.address()), Code.UNREADABLE_POINTER, field);
      // Mapped at first, and not to its end.
      long edge = DATA.address() + DATA.byteSize() - 8;
      add(all, ImportPolicy.PROBED, set(name, edge), Code.UNREADABLE_POINTER, field);
    }
    both(all, set("shape", 0), Code.NULL_POINTER, Field.SHAPE);
    both(all, set("data", 0), Code.NULL_POINTER, Field.DATA);
    both(all, set("data", 8), Code.IMPOSSIBLE_POINTER, Field.DATA);
    both(all, set("data", -4096), Code.IMPOSSIBLE_POINTER, Field.DATA);
    long closed = CLOSED.address();
    add(all, ImportPolicy.PROBED, set("data", closed), Code.UNREADABLE_POINTER, Field.DATA);
    long end = DATA.address() + DATA.byteSize();
    // The first element is there, the last is behind the edge; then the lowest before it.
    add(all, ImportPolicy.PROBED, set("data", end - 40), Code.UNREADABLE_POINTER, Field.DATA);
    long half = HALF_CLOSED.address() + 4096;
    Consumer<HostileFields> backwards = f -> f.set("data", half).strides(-3, -1);
    add(all, ImportPolicy.PROBED, backwards, Code.UNREADABLE_POINTER, Field.DATA);
  }

  private static void versions(List<Refusal> all) {
    for (long major : new long[] {0, 2, 0x7FFFFFFF, -1}) {
      add(all, set("major", major), Code.UNSUPPORTED_VERSION, Field.VERSION);
    }
    // Nothing behind the flags means anything in another version.
    Consumer<HostileFields> allWrong = f -> f.set("ndim", -1).set("shape", 1).set("bits", 0);
    add(all, set("major", 2).andThen(allWrong), Code.UNSUPPORTED_VERSION, Field.VERSION);
    add(all, f -> f.flags(1L << 3), Code.FLAGS_NOT_ALLOWED, Field.FLAGS);
    add(all, f -> f.flags(1L << 63), Code.FLAGS_NOT_ALLOWED, Field.FLAGS);
    Consumer<HostileFields> padded = f -> f.flags(TensorFlags.IS_SUBBYTE_TYPE_PADDED);
    add(all, padded, Code.PADDED_WHOLE_BYTES, Field.FLAGS);
  }

  private static void dimensions(List<Refusal> all) {
    for (long ndim : new long[] {-1, Integer.MIN_VALUE, 65, Integer.MAX_VALUE}) {
      both(all, set("ndim", ndim), Code.NDIM_OUT_OF_RANGE, Field.NDIM);
    }
    ImportPolicy vectors = ImportPolicy.DEFAULT.ndim(1, 1);
    add(all, vectors, _ -> {}, Code.NDIM_OUT_OF_RANGE, Field.NDIM);
    both(all, f -> f.shape(2, -3), Code.NEGATIVE_DIMENSION, Field.SHAPE, 1);
    both(all, f -> f.shape(Long.MIN_VALUE, 3), Code.NEGATIVE_DIMENSION, Field.SHAPE, 0);
    both(all, f -> f.shape(0, -1), Code.NEGATIVE_DIMENSION, Field.SHAPE, 1);
    Code many = Code.TOO_MANY_ELEMENTS;
    both(all, f -> f.shape(TWO_32, TWO_32).strides(TWO_32, 1), many, Field.SHAPE, 1);
    both(all, f -> f.shape(2, 1L << 62).strides(1L << 62, 1), many, Field.SHAPE, 1);
    both(all, f -> f.shape(0, TWO_32, TWO_32).strides(1, 1, 1), many, Field.SHAPE, 2);
    both(all, f -> f.strides(Long.MAX_VALUE, Long.MAX_VALUE), Code.TOO_FAR, Field.STRIDES, 1);
    both(all, f -> f.strides(Long.MAX_VALUE, 1), Code.TOO_FAR, Field.STRIDES, 0);
    both(all, f -> f.strides(1, Long.MIN_VALUE), Code.TOO_FAR, Field.STRIDES, 1);
    // The two lowest distances there are make 0, where numbers wrap.
    Consumer<HostileFields> lowest = f -> f.shape(2, 2).strides(Long.MIN_VALUE, Long.MIN_VALUE);
    both(all, lowest, Code.TOO_FAR, Field.STRIDES, 0);
    both(all, f -> f.shape(3, 2).strides(Long.MIN_VALUE, 1), Code.TOO_FAR, Field.STRIDES, 0);
  }

  private static void places(List<Refusal> all) {
    Code outside = Code.OUTSIDE_ADDRESS_SPACE;
    both(all, set("byte_offset", -8), outside, Field.BYTE_OFFSET);
    both(all, set("byte_offset", Long.MIN_VALUE), outside, Field.BYTE_OFFSET);
    both(all, set("byte_offset", Long.MAX_VALUE - 7), outside, Field.BYTE_OFFSET);
    both(all, f -> f.strides(1L << 60, 1), outside, Field.DATA);
    both(all, f -> f.shape(2, 2).strides(-(1L << 60), 1), outside, Field.DATA);
    both(all, f -> f.shape(2, 2).strides(-(1L << 57), 1), outside, Field.DATA);
    both(all, f -> f.shape(1, 1L << 59).strides(1, 1), outside, Field.DATA);
    both(all, set("data", DATA.address() + 4), Code.UNALIGNED_DATA, Field.DATA);
    both(all, set("byte_offset", 1), Code.UNALIGNED_DATA, Field.DATA);
    ImportPolicy anyDevice = ImportPolicy.DEFAULT.anyDevice();
    Consumer<HostileFields> offset = f -> f.device(OPENCL).set("byte_offset", 8);
    add(all, anyDevice, offset, Code.OFFSET_OF_HANDLE, Field.BYTE_OFFSET);
    Consumer<HostileFields> noHandle = f -> f.device(OPENCL).set("data", 0);
    add(all, anyDevice, noHandle, Code.NULL_POINTER, Field.DATA);
  }

  private static void types(List<Refusal> all) {
    both(all, set("bits", 0), Code.EMPTY_DATA_TYPE, Field.DTYPE);
    both(all, set("lanes", 0), Code.EMPTY_DATA_TYPE, Field.DTYPE);
    for (long code : new long[] {18, 255, DataType.Code.OPAQUE_HANDLE}) {
      both(all, set("code", code), Code.DATA_TYPE_NOT_ALLOWED, Field.DTYPE);
    }
    both(all, set("bits", 63), Code.DATA_TYPE_NOT_ALLOWED, Field.DTYPE);
    both(all, set("bits", 255), Code.DATA_TYPE_NOT_ALLOWED, Field.DTYPE);
    both(all, set("lanes", 2), Code.LANES_NOT_ALLOWED, Field.DTYPE);
    both(all, set("lanes", 65535), Code.LANES_NOT_ALLOWED, Field.DTYPE);
    ImportPolicy integers = ImportPolicy.DEFAULT.onlyDataTypes(DataType.INT64);
    add(all, integers, _ -> {}, Code.DATA_TYPE_NOT_ALLOWED, Field.DTYPE);
  }

  private static void devices(List<Refusal> all) {
    for (long type : new long[] {Device.Type.CUDA, 0, -1, 77, Integer.MIN_VALUE}) {
      both(all, set("device_type", type), Code.DEVICE_NOT_ALLOWED, Field.DEVICE);
    }
    ImportPolicy onlyPinned = ImportPolicy.DEFAULT.onlyDevices(new Device(3, 0));
    add(all, onlyPinned, _ -> {}, Code.DEVICE_NOT_ALLOWED, Field.DEVICE);
    Consumer<HostileFields> second = set("device_id", 1);
    add(all, ImportPolicy.STRICT, second, Code.DEVICE_ID_NOT_ZERO, Field.DEVICE);
  }

  /** What is right by DLPack, and not what the policy asks for. */
  private static void wishes(List<Refusal> all) {
    ImportPolicy plain = ImportPolicy.DEFAULT;
    ImportPolicy contiguous = plain.requireContiguous();
    add(all, contiguous, f -> f.strides(1, 2), Code.NOT_CONTIGUOUS, Field.STRIDES);
    ImportPolicy writable = plain.requireWritable();
    Consumer<HostileFields> readOnly = f -> f.flags(TensorFlags.READ_ONLY);
    add(all, writable, readOnly, Code.NOT_WRITABLE, Field.FLAGS);
    add(all, writable, f -> f.strides(0, 1), Code.NOT_WRITABLE, Field.FLAGS);
    all.add(new Refusal(Flavour.LEGACY, writable, _ -> {}, Code.NOT_WRITABLE, Field.FLAGS, -1));
    ImportPolicy strict = ImportPolicy.STRICT;
    add(all, strict, f -> f.strides(0, 1), Code.OVERLAPPING, Field.STRIDES);
    add(all, strict, set("strides", 0), Code.MISSING_STRIDES, Field.STRIDES);
    add(all, strict, f -> f.shape(2, 0), Code.DATA_OF_EMPTY_TENSOR, Field.DATA);
    add(all, plain.maxElements(5), _ -> {}, Code.TOO_LARGE, Field.SHAPE);
    add(all, plain.maxBytes(47), _ -> {}, Code.TOO_LARGE, Field.SHAPE);
    ImportPolicy aligned = plain.requireAlignment(1 << 30);
    Consumer<HostileFields> low = set("data", (1L << 40) + 64);
    add(all, aligned, low, Code.UNALIGNED_DATA, Field.DATA);
  }

  private static Consumer<HostileFields> set(String field, long value) {
    return fields -> fields.set(field, value);
  }

  private static void both(
      List<Refusal> all, Consumer<HostileFields> wrong, Code code, Field field) {
    both(all, wrong, code, field, -1);
  }

  private static void both(
      List<Refusal> all, Consumer<HostileFields> wrong, Code code, Field field, int axis) {
    for (Flavour flavour : Flavour.values()) {
      all.add(new Refusal(flavour, ImportPolicy.DEFAULT, wrong, code, field, axis));
    }
  }

  private static void add(
      List<Refusal> all, Consumer<HostileFields> wrong, Code code, Field field) {
    add(all, ImportPolicy.DEFAULT, wrong, code, field);
  }

  private static void add(
      List<Refusal> all,
      ImportPolicy policy,
      Consumer<HostileFields> wrong,
      Code code,
      Field field) {
    all.add(new Refusal(Flavour.VERSIONED, policy, wrong, code, field, -1));
  }

  @Override
  public String toString() {
    return code + " of " + field + ", " + flavour;
  }
}
