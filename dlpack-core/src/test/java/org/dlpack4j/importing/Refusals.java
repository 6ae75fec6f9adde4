package org.dlpack4j.importing;

import static org.dlpack4j.importing.ForeignTensor.legacy;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.importing.Violation.Field;

/** Everything that a tensor can be refused for: each code, in each field that it is used for. */
final class Refusals {

  private static final long MAX = Long.MAX_VALUE;
  private static final long MIN = Long.MIN_VALUE;
  private static final long HIGHEST_POINTER = MAX - 4096;
  private static final DataType INT1 = new DataType(DataType.Code.INT, 1, 1);
  private static final Device OPENCL = new Device(Device.Type.OPENCL, 0);
  private static final ImportPolicy ANY_DEVICE = ImportPolicy.DEFAULT.anyDevice();

  private final List<Refusal> all = new ArrayList<>();

  private Refusals() {
    pointers();
    unreadablePointers();
    header();
    dimensions();
    strides();
    places();
    handles();
    types();
    devices();
    letters();
  }

  static Stream<Refusal> all() {
    return new Refusals().all.stream();
  }

  /** Those that ask for nothing special of the system. */
  static Stream<Refusal> withoutProbing() {
    return all().filter(refusal -> !refusal.policy().rules().probing);
  }

  private Refusal refusal(Code code, Field field) {
    return refusal(code, field, -1);
  }

  private Refusal refusal(Code code, Field field, int axis) {
    Refusal refusal = Refusal.of(code, field, axis);
    all.add(refusal);
    return refusal;
  }

  /** A handle of 1-bit integers, whose extent nothing but 64-bit arithmetic limits. */
  private static ForeignTensor handle() {
    return versioned().device(OPENCL).dataType(INT1);
  }

  private static ForeignTensor bytes() {
    return versioned().dataType(DataType.INT8);
  }

  private void pointers() {
    refusal(Code.NULL_POINTER, Field.MANAGED)
        .refusing(() -> versioned().pointer(0))
        .accepting(() -> versioned())
        .finding(0)
        .saying("managed tensor: expected a pointer but found NULL");
    refusal(Code.NULL_POINTER, Field.SHAPE)
        .refusing(() -> versioned().shapePointer(0).ndim(1))
        .accepting(() -> versioned().shapePointer(0).ndim(0))
        .finding(0)
        .saying("shape: expected a pointer but found NULL");
    refusal(Code.NULL_POINTER, Field.DATA)
        .refusing(() -> versioned().data(0))
        .accepting(() -> versioned().data(0).shape(2, 0))
        .finding(0)
        .saying("data: expected an address of 6 elements but found NULL");
    refusal(Code.MISALIGNED_POINTER, Field.MANAGED)
        .refusing(() -> versioned().pretending(0x10004))
        .accepting(() -> versioned().pretending(0x10008))
        .finding(0x10004)
        .saying("managed tensor: expected a pointer aligned to 8 bytes but found 0x%x");
    refusal(Code.MISALIGNED_POINTER, Field.SHAPE)
        .refusing(() -> versioned().pretendingShape(0x10004))
        .accepting(() -> versioned().pretendingShape(0x10008))
        .finding(0x10004)
        .saying("shape: expected a pointer aligned to 8 bytes but found 0x%x");
    refusal(Code.MISALIGNED_POINTER, Field.STRIDES)
        .refusing(() -> versioned().pretendingStrides(0x10001))
        .accepting(() -> versioned().pretendingStrides(0x10008))
        .finding(0x10001)
        .saying("strides: expected a pointer aligned to 8 bytes but found 0x%x");
    // The first page, and the kernel's half with a page in front of it.
    for (long[] neighbours :
        new long[][] {{4088, 4096}, {HIGHEST_POINTER + 1, HIGHEST_POINTER - 7}, {MIN, 4096}}) {
      impossible(neighbours[0], neighbours[1]);
    }
  }

  private void impossible(long bad, long good) {
    String found = ": expected an address that a process can have but found 0x%x";
    refusal(Code.IMPOSSIBLE_POINTER, Field.MANAGED)
        .refusing(() -> versioned().pointer(bad))
        .accepting(() -> versioned().pretending(good))
        .finding(bad)
        .saying("managed tensor" + found);
    refusal(Code.IMPOSSIBLE_POINTER, Field.DELETER)
        .refusing(() -> versioned().deleter(bad))
        .accepting(() -> versioned().deleter(good | 7))
        .finding(bad)
        .saying("deleter" + found);
    refusal(Code.IMPOSSIBLE_POINTER, Field.SHAPE)
        .refusing(() -> versioned().shapePointer(bad))
        .accepting(() -> versioned().pretendingShape(good))
        .finding(bad)
        .saying("shape" + found);
    refusal(Code.IMPOSSIBLE_POINTER, Field.STRIDES)
        .refusing(() -> versioned().stridesPointer(bad))
        .accepting(() -> versioned().pretendingStrides(good))
        .finding(bad)
        .saying("strides" + found);
    refusal(Code.IMPOSSIBLE_POINTER, Field.DATA)
        .refusing(() -> bytes().data(bad))
        .accepting(() -> bytes().data(good | 7))
        .finding(bad)
        .saying("data" + found);
  }

  /** Probed; where there is no page at all, and one byte beyond a page's end. */
  private void unreadablePointers() {
    Pages pages = new Pages();
    long nowhere = pages.start() - 64;
    String found = ": expected mapped memory but found 0x%x";
    refusal(Code.UNREADABLE_POINTER, Field.MANAGED)
        .by(ImportPolicy.PROBED)
        .refusing(() -> versioned().pointer(nowhere))
        .accepting(() -> atEnd(new Pages(), versioned()))
        .finding(nowhere)
        .saying("managed tensor" + found);
    refusal(Code.UNREADABLE_POINTER, Field.DELETER)
        .by(ImportPolicy.PROBED)
        .refusing(() -> versioned().deleter(nowhere))
        .accepting(() -> versioned())
        .finding(nowhere)
        .saying("deleter" + found);
    refusal(Code.UNREADABLE_POINTER, Field.SHAPE)
        .by(ImportPolicy.PROBED)
        .refusing(() -> versioned().shapePointer(nowhere))
        .accepting(() -> versioned().shapePointer(new Pages().atEnd(2, 3)))
        .finding(nowhere)
        .saying("shape" + found);
    refusal(Code.UNREADABLE_POINTER, Field.STRIDES)
        .by(ImportPolicy.PROBED)
        .refusing(() -> versioned().stridesPointer(nowhere))
        .accepting(() -> versioned().stridesPointer(new Pages().atEnd(3, 1)))
        .finding(nowhere)
        .saying("strides" + found);
    refusal(Code.UNREADABLE_POINTER, Field.DATA)
        .by(ImportPolicy.PROBED)
        .refusing(() -> versioned().data(pages.end() - 20))
        .accepting(() -> versioned().data(pages.end() - 24))
        .finding(pages.end() - 20)
        .saying("data" + found);
  }

  private static ForeignTensor atEnd(Pages pages, ForeignTensor tensor) {
    return tensor.pointer(pages.atEnd(tensor.struct()).address());
  }

  private void header() {
    refusal(Code.UNSUPPORTED_VERSION, Field.VERSION)
        .refusing(() -> versioned().version(2, 7))
        .accepting(() -> versioned().version(1, 4))
        .finding(2 | 7L << 32)
        .saying("version: expected 1.x but found 2.7");
    refusal(Code.UNSUPPORTED_VERSION, Field.VERSION)
        .refusing(() -> versioned().version(0, 9))
        .accepting(() -> versioned().version(1, -1))
        .finding(9L << 32)
        .saying("version: expected 1.x but found 0.9");
    refusal(Code.UNSUPPORTED_VERSION, Field.VERSION)
        .refusing(() -> versioned().version(-1, -2))
        .accepting(() -> versioned().version(1, -2))
        .finding(-1L >>> 32 | -2L << 32)
        .saying(
            "version: expected 1.x but found 4294967295.4294967294; if it is a DLManagedTensor,"
                + " which has none, import it by legacy()");
    refusal(Code.FLAGS_NOT_ALLOWED, Field.FLAGS)
        .refusing(() -> versioned().flags(8))
        .accepting(() -> versioned().flags(8 - 1).dataType(DataType.INT4))
        .finding(8)
        .saying("flags: expected none but 0x7 but found 0x8");
    refusal(Code.FLAGS_NOT_ALLOWED, Field.FLAGS)
        .by(ImportPolicy.DEFAULT.onlyFlags(2))
        .refusing(() -> versioned().flags(3))
        .accepting(() -> versioned().flags(2))
        .finding(3)
        .saying("flags: expected none but 0x2 but found 0x3");
    refusal(Code.PADDED_WHOLE_BYTES, Field.FLAGS)
        .refusing(() -> versioned().flags(4).dataType(DataType.INT16))
        .accepting(() -> versioned().flags(4).dataType(DataType.INT4))
        .finding(4)
        .saying("flags: expected no padding of int16 but found 0x4");
  }

  private void dimensions() {
    ndim(ImportPolicy.DEFAULT, 65, 64, "0 to 64");
    ndim(ImportPolicy.DEFAULT, -1, 0, "0 to 64");
    ndim(ImportPolicy.DEFAULT, Integer.MIN_VALUE, 0, "0 to 64");
    ndim(ImportPolicy.DEFAULT.ndim(0, 128), 129, 128, "0 to 128");
    ndim(ImportPolicy.DEFAULT.ndim(2, 4), 1, 2, "2 to 4");
    ndim(ImportPolicy.DEFAULT.ndim(2, 4), 5, 4, "2 to 4");
    ndim(ImportPolicy.DEFAULT.ndim(3, 3), 2, 3, "3");
    for (int axis : new int[] {0, 1}) {
      long[] bad = axis == 0 ? new long[] {-1, 3} : new long[] {2, MIN};
      long[] good = axis == 0 ? new long[] {0, 3} : new long[] {2, 0};
      refusal(Code.NEGATIVE_DIMENSION, Field.SHAPE, axis)
          .refusing(() -> versioned().shape(bad))
          .accepting(() -> versioned().shape(good))
          .finding(bad[axis])
          .saying("shape dimension " + axis + ": expected 0 or more but found %d");
    }
    // A zero excuses nothing, and where the zero is decides nothing.
    tooMany(1, new long[] {1L << 31, 1L << 32, 0}, new long[] {1L << 31, (1L << 32) - 1, 0});
    tooMany(2, new long[] {0, 1L << 31, 1L << 32}, new long[] {0, 1L << 31, (1L << 32) - 1});
    tooMany(2, new long[] {3, 0, MAX}, new long[] {1, 0, MAX});
    tooMany(1, new long[] {MAX, 2, 0}, new long[] {MAX, 1, 0});
    refusal(Code.TOO_LARGE, Field.SHAPE)
        .by(ImportPolicy.DEFAULT.maxElements(5))
        .refusing(() -> versioned())
        .accepting(() -> versioned().shape(1, 5))
        .finding(6)
        .saying("shape: expected at most 5 elements but found 6");
    refusal(Code.TOO_LARGE, Field.SHAPE)
        .by(ImportPolicy.DEFAULT.maxBytes(6))
        .refusing(() -> bytes().strides(-4, 1))
        .accepting(() -> bytes().strides(-3, 1))
        .finding(7)
        .saying("shape: expected at most 6 bytes but found 7");
  }

  private void ndim(ImportPolicy policy, int bad, int good, String expected) {
    long[] ones = new long[ImportPolicy.MAX_NDIM];
    Arrays.fill(ones, 1);
    refusal(Code.NDIM_OUT_OF_RANGE, Field.NDIM)
        .by(policy)
        .refusing(() -> versioned().shape(ones).ndim(bad))
        .accepting(() -> versioned().shape(ones).ndim(good))
        .finding(bad)
        .saying("ndim: expected " + expected + " but found %d");
  }

  private void tooMany(int axis, long[] bad, long[] good) {
    refusal(Code.TOO_MANY_ELEMENTS, Field.SHAPE, axis)
        .refusing(() -> versioned().shape(bad))
        .accepting(() -> versioned().shape(good))
        .finding(bad[axis])
        .saying(
            "shape dimension "
                + axis
                + ": expected at most 2^63 - 1 elements together with the dimensions before it"
                + " but found %d");
  }

  private void strides() {
    tooFar(0, new long[] {3}, new long[] {1L << 62}, new long[] {(1L << 62) - 5});
    tooFar(0, new long[] {3}, new long[] {MIN}, new long[] {MIN / 2});
    tooFar(1, new long[] {1, MAX}, new long[] {0, -3}, new long[] {0, -1});
    tooFar(0, new long[] {2, 2}, new long[] {MAX, 1}, new long[] {MAX - 10, 1});
    tooFar(1, new long[] {2, 2, 2}, new long[] {0, MAX, 1}, new long[] {0, MAX - 10, 1});
    tooFar(0, new long[] {2, 2}, new long[] {MIN, -1}, new long[] {MIN + 1, -1});
    tooFar(0, new long[] {2, 2}, new long[] {MIN, MIN}, new long[] {MIN / 2, MIN / 2});
    tooFar(1, new long[] {2, 2, 2}, new long[] {-7, MIN, MIN}, new long[] {-7, MIN / 2, 7});
    refusal(Code.NOT_CONTIGUOUS, Field.STRIDES)
        .by(ImportPolicy.DEFAULT.requireContiguous())
        .refusing(() -> versioned().strides(4, 1))
        .accepting(() -> versioned().strides(3, 1))
        .finding(ForeignTensor::stridesAddress)
        .saying("strides: expected row-major without gaps but found 0x%x");
    refusal(Code.NOT_WRITABLE, Field.FLAGS)
        .by(ImportPolicy.DEFAULT.requireWritable())
        .refusing(() -> versioned().flags(1))
        .accepting(() -> versioned().flags(2))
        .finding(1)
        .saying("flags: expected a writable tensor but found 0x1");
    refusal(Code.NOT_WRITABLE, Field.FLAGS)
        .by(ImportPolicy.DEFAULT.requireWritable())
        .refusing(() -> legacy())
        .accepting(() -> versioned())
        .finding(0)
        .saying(
            "flags: expected a writable tensor, which a legacy one cannot promise but found 0x0");
    refusal(Code.NOT_WRITABLE, Field.FLAGS)
        .by(ImportPolicy.DEFAULT.requireWritable().assumeWritable())
        .refusing(() -> legacy().strides(2, 1))
        .accepting(() -> legacy())
        .finding(0)
        .saying("flags: expected a writable tensor whose elements do not overlap but found 0x0");
  }

  private void tooFar(int axis, long[] shape, long[] bad, long[] good) {
    refusal(Code.TOO_FAR, Field.STRIDES, axis)
        .by(ANY_DEVICE)
        .refusing(() -> handle().shape(shape).strides(bad))
        .accepting(() -> handle().shape(shape).strides(good))
        .finding(bad[axis])
        .saying(
            "strides of dimension "
                + axis
                + ": expected one that stays within 2^63 - 1 elements but found %d");
  }

  private void places() {
    offset(-1, 0, "18446744073709551615");
    offset(MIN, 8, "9223372036854775808");
    offset(MAX - 0x10000 + 1, MAX - 0x10000 - 1, "9223372036854710272");
    refusal(Code.OUTSIDE_ADDRESS_SPACE, Field.DATA)
        .refusing(() -> bytes().shape(1).data(0x10000).byteOffset(MAX - 0x10000))
        .accepting(() -> bytes().shape(1).data(0x10000).byteOffset(MAX - 0x10000 - 1))
        .finding(MAX)
        .saying("data: expected all elements within the address space but found 0x%x");
    refusal(Code.OUTSIDE_ADDRESS_SPACE, Field.DATA)
        .refusing(() -> bytes().shape(4097).strides(-1).data(4096))
        .accepting(() -> bytes().shape(4096).strides(-1).data(4096))
        .finding(4096)
        .saying("data: expected all elements within the address space but found 0x%x");
    bitsOutside(DataType.INT64, 1L << 57, (1L << 57) - 2);
    bitsOutside(DataType.INT64, (1L << 57) - 1, (1L << 57) - 2);
    bitsOutside(DataType.INT64, -(1L << 57) - 1, -(1L << 57));
    bitsOutside(INT1, MAX - 8, MAX - 9);
    for (DataType type : new DataType[] {DataType.INT16, DataType.FLOAT32, DataType.COMPLEX128}) {
      int alignment = type.alignment();
      unaligned(ImportPolicy.DEFAULT, type, alignment / 2, alignment, alignment);
    }
    unaligned(ImportPolicy.DEFAULT.requireAlignment(64), DataType.INT8, 32, 64, 64);
    unaligned(ImportPolicy.DEFAULT.requireAlignment(2), DataType.INT64, 4, 8, 8);
    unaligned(ImportPolicy.DEFAULT.requireAlignment(2).allowUnaligned(), DataType.INT64, 1, 2, 2);
  }

  private void offset(long bad, long good, String found) {
    refusal(Code.OUTSIDE_ADDRESS_SPACE, Field.BYTE_OFFSET)
        .refusing(() -> bytes().shape(1).data(0x10000).byteOffset(bad))
        .accepting(() -> bytes().shape(1).data(0x10000).byteOffset(good))
        .finding(bad)
        .saying(
            "byte_offset: expected one that stays within the address space from data 0x10000 but"
                + " found "
                + found);
  }

  private void bitsOutside(DataType type, long bad, long good) {
    refusal(Code.OUTSIDE_ADDRESS_SPACE, Field.DATA)
        .by(ANY_DEVICE)
        .refusing(() -> handle().dataType(type).shape(2).strides(bad).data(0x77))
        .accepting(() -> handle().dataType(type).shape(2).strides(good).data(0x77))
        .finding(0x77)
        .saying("data: expected all elements within the address space but found 0x%x");
  }

  private void unaligned(ImportPolicy policy, DataType type, long bad, long good, int needed) {
    refusal(Code.UNALIGNED_DATA, Field.DATA)
        .by(policy)
        .refusing(() -> versioned().dataType(type).byteOffset(bad))
        .accepting(() -> versioned().dataType(type).byteOffset(good))
        .finding(tensor -> tensor.data().address() + bad)
        .saying(
            "data: expected data + byte_offset at a multiple of "
                + needed
                + " bytes but found 0x%x");
  }

  private void handles() {
    refusal(Code.NULL_POINTER, Field.DATA)
        .by(ANY_DEVICE)
        .refusing(() -> handle().data(0))
        .accepting(() -> handle().data(-1))
        .finding(0)
        .saying("data: expected a handle of 6 elements but found NULL");
    refusal(Code.OFFSET_OF_HANDLE, Field.BYTE_OFFSET)
        .by(ANY_DEVICE)
        .refusing(() -> handle().byteOffset(8))
        .accepting(() -> handle().device(Device.cuda(0)).byteOffset(8))
        .finding(8)
        .saying("byte_offset: expected 0, as the data of opencl:0 is a handle but found 8");
  }

  private void types() {
    refusal(Code.EMPTY_DATA_TYPE, Field.DTYPE)
        .by(ImportPolicy.DEFAULT.anyDataType())
        .refusing(() -> versioned().dataType(0, 0, 1))
        .accepting(() -> versioned().dataType(0, 1, 1))
        .finding(1 << 16)
        .saying("dtype: expected bits and lanes but found int0");
    refusal(Code.EMPTY_DATA_TYPE, Field.DTYPE)
        .by(ImportPolicy.DEFAULT.anyDataType())
        .refusing(() -> versioned().dataType(1, 255, 0))
        .accepting(() -> versioned().dataType(1, 255, 65535))
        .finding(1 | 255 << 8)
        .saying("dtype: expected bits and lanes but found uint255x0");
    typeNotAllowed(18, 8, 1, "code18_8").accepting(() -> versioned().dataType(17, 4, 1));
    typeNotAllowed(3, 64, 1, "handle64").accepting(() -> versioned().dataType(1, 64, 1));
    typeNotAllowed(0, 24, 1, "int24").accepting(() -> versioned().dataType(0, 32, 1));
    typeNotAllowed(255, 255, 65535, "code255_255x65535")
        .accepting(() -> versioned().dataType(6, 8, 1));
    typeNotAllowed(0, 32, 1, "int32")
        .by(ImportPolicy.DEFAULT.onlyDataTypes(DataType.FLOAT32, DataType.INT64))
        .accepting(() -> versioned().dataType(DataType.INT64))
        .saying("dtype: expected one of [float32, int64] but found int32");
    refusal(Code.LANES_NOT_ALLOWED, Field.DTYPE)
        .refusing(() -> versioned().dataType(2, 32, 2))
        .accepting(() -> versioned().dataType(2, 32, 1))
        .finding(2 | 32 << 8 | 2 << 16)
        .saying("dtype: expected one lane but found float32x2");
  }

  private Refusal typeNotAllowed(int code, int bits, int lanes, String found) {
    return refusal(Code.DATA_TYPE_NOT_ALLOWED, Field.DTYPE)
        .refusing(() -> versioned().dataType(code, bits, lanes).shape(1))
        .finding(code | bits << 8 | (long) lanes << 16)
        .saying("dtype: expected a type of DLPack 1.3 but found " + found);
  }

  private void devices() {
    deviceNotAllowed(Device.cuda(1), "cuda:1");
    deviceNotAllowed(new Device(99, -1), "device99:-1");
    deviceNotAllowed(new Device(-1, 0), "device-1:0");
    refusal(Code.DEVICE_NOT_ALLOWED, Field.DEVICE)
        .by(ImportPolicy.DEFAULT.onlyDevices(Device.cuda(1), Device.cuda(3)))
        .refusing(() -> versioned().device(Device.cuda(2)))
        .accepting(() -> versioned().device(Device.cuda(3)))
        .finding(2 | 2L << 32)
        .saying("device: expected one of [cuda:1, cuda:3] but found cuda:2");
    for (int type : new int[] {1, 3, 11, 13}) {
      refusal(Code.DEVICE_ID_NOT_ZERO, Field.DEVICE)
          .by(ImportPolicy.STRICT)
          .refusing(() -> versioned().device(new Device(type, 1)))
          .accepting(() -> versioned().device(new Device(type, 0)))
          .finding(type | 1L << 32)
          .saying("device: expected id 0 but found " + new Device(type, 1));
    }
  }

  private void deviceNotAllowed(Device device, String found) {
    refusal(Code.DEVICE_NOT_ALLOWED, Field.DEVICE)
        .refusing(() -> versioned().device(device))
        .accepting(() -> versioned().device(new Device(Device.Type.CUDA_HOST, 0)))
        .finding(Integer.toUnsignedLong(device.type()) | (long) device.id() << 32)
        .saying("device: expected memory that the CPU may read but found " + found);
  }

  private void letters() {
    refusal(Code.OVERLAPPING, Field.STRIDES)
        .by(ImportPolicy.STRICT)
        .refusing(() -> versioned().strides(2, 1))
        .accepting(() -> versioned().strides(3, 1))
        .finding(ForeignTensor::stridesAddress)
        .saying("strides: expected elements that do not overlap but found 0x%x");
    refusal(Code.OVERLAPPING, Field.STRIDES)
        .by(ImportPolicy.STRICT)
        .refusing(() -> versioned().strides(0, 1))
        .accepting(() -> versioned().strides(-3, -1))
        .finding(ForeignTensor::stridesAddress)
        .saying("strides: expected elements that do not overlap but found 0x%x");
    refusal(Code.MISSING_STRIDES, Field.STRIDES)
        .by(ImportPolicy.STRICT)
        .refusing(() -> versioned().version(1, -1).withoutStrides())
        .accepting(() -> legacy().withoutStrides())
        .finding(0)
        .saying("strides: expected strides from version 1.2 on but found NULL");
    refusal(Code.MISSING_STRIDES, Field.STRIDES)
        .by(ImportPolicy.STRICT)
        .refusing(() -> versioned().version(1, 2).withoutStrides())
        .accepting(() -> versioned().version(1, 1).withoutStrides())
        .finding(0)
        .saying("strides: expected strides from version 1.2 on but found NULL");
    refusal(Code.DATA_OF_EMPTY_TENSOR, Field.DATA)
        .by(ImportPolicy.STRICT)
        .refusing(() -> versioned().shape(2, 0))
        .accepting(() -> versioned().shape(2, 0).data(0))
        .finding(tensor -> tensor.data().address())
        .saying("data: expected NULL without elements but found 0x%x");
  }
}
