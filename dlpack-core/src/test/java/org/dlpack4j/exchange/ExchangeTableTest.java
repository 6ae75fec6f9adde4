package org.dlpack4j.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.dlpack4j.Concurrently;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.WithExports;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.Inspection;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.internal.CStrings;
import org.dlpack4j.internal.ExchangeCalls;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.NativeCalls;
import org.junit.jupiter.api.Test;

/** Our table without the shim, called as C calls it. With the shim: integration-tests. */
@WithExports
class ExchangeTableTest {

  private static final long TABLE = ExchangeTable.address();
  private static final long UNTOUCHED = 0x1234;
  private static final long SET_ERROR =
      NativeCalls.stub(MethodHandles.lookup(), "setError", ExchangeCalls.SET_ERROR);
  private static final List<String> ERRORS = new CopyOnWriteArrayList<>();
  private static final AtomicLong CONTEXT = new AtomicLong();

  static void setError(long context, long kind, long message) {
    CONTEXT.set(context);
    ERRORS.add(CStrings.read(kind) + ": " + CStrings.read(message));
  }

  private static long function(long offset) {
    return ALL.get(JAVA_LONG, TABLE + offset);
  }

  /** Allocates, and expects to get a tensor without a word. */
  private static MemorySegment allocate(MemorySegment prototype) {
    ERRORS.clear();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      int result =
          ExchangeCalls.allocate(
              function(TableFunctions.ALLOCATOR), prototype.address(), out.address(), 7, SET_ERROR);
      assertThat(ERRORS).isEmpty();
      assertThat(result).isZero();
      return MemorySegment.ofAddress(out.get(JAVA_LONG, 0));
    }
  }

  /** Expects -1, one call of SetError, and nothing written. */
  private static void assertRefused(MemorySegment prototype, String error) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocateFrom(JAVA_LONG, UNTOUCHED);
      assertRefused(prototype.address(), out.address(), error);
      assertThat(out.get(JAVA_LONG, 0)).isEqualTo(UNTOUCHED);
    }
  }

  private static void assertRefused(long prototype, long out, String error) {
    long allocator = function(TableFunctions.ALLOCATOR);
    ERRORS.clear();
    assertThat(ExchangeCalls.allocate(allocator, prototype, out, 42, SET_ERROR)).isEqualTo(-1);
    assertThat(ERRORS).containsExactly(error);
    assertThat(CONTEXT).hasValue(42);
    assertThat(ExchangeCalls.allocate(allocator, prototype, out, 42, 0)).isEqualTo(-1);
    assertThat(ERRORS).as("without SetError").hasSize(1);
  }

  private static MemorySegment prototype(Arena arena, DataType type, long... shape) {
    MemorySegment prototype = Prototype.write(arena, type, Device.CPU, TensorLayout.contiguous(1));
    prototype.set(JAVA_INT, DlpackAbi.NDIM, shape.length);
    prototype.set(JAVA_LONG, DlpackAbi.SHAPE, arena.allocateFrom(JAVA_LONG, shape).address());
    // Of which nobody is to take notice.
    prototype.set(JAVA_LONG, DlpackAbi.DATA, 0xdead);
    prototype.set(JAVA_LONG, DlpackAbi.STRIDES, 0xdead);
    prototype.set(JAVA_LONG, DlpackAbi.BYTE_OFFSET, -1);
    return prototype;
  }

  private static Inspection inspect(MemorySegment managed) {
    ImportPolicy policy = ImportPolicy.STRICT.anyDataType().ndim(0, ImportPolicy.MAX_NDIM);
    Inspection inspection = TensorImporter.versioned().with(policy).inspect(managed);
    assertThat(inspection.violations()).isEmpty();
    return inspection;
  }

  private static void delete(MemorySegment managed) {
    TensorImporter.versioned().discard(managed);
  }

  @Test
  void isCompleteAndTheSameEveryTime() {
    assertThat(ExchangeTable.address()).isEqualTo(TABLE).isNotZero();
    assertThat(ALL.get(JAVA_INT, TABLE)).isEqualTo(1);
    assertThat(ALL.get(JAVA_INT, TABLE + 4)).isEqualTo(3);
    assertThat(ALL.get(JAVA_LONG, TABLE + 8)).isZero();
    for (long offset = TableFunctions.ALLOCATOR; offset < 56; offset += 8) {
      assertThat(function(offset)).isNotZero();
    }
  }

  @Test
  void countsNothingAsItsDeleterIsFree() {
    assertThat(ExchangeTable.statistics()).isEmpty();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment managed = allocate(prototype(arena, DataType.INT8, 3));
      assertThat(inspect(managed).deleter()).isEqualTo(Memory.freeFunction());
      delete(managed);
    }
  }

  @Test
  void allocatesWhatThePrototypeSays() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment managed = allocate(prototype(arena, DataType.FLOAT32, 2, 1, 3));
      Inspection tensor = inspect(managed);

      assertThat(tensor.version().orElseThrow()).hasToString("1.3");
      assertThat(tensor.flags()).isZero();
      assertThat(tensor.device()).isEqualTo(Device.CPU);
      assertThat(tensor.dataType()).isEqualTo(DataType.FLOAT32);
      assertThat(tensor.shape().orElseThrow()).containsExactly(2, 1, 3);
      assertThat(tensor.strides().orElseThrow()).containsExactly(3, 3, 1);
      assertThat(tensor.byteOffset()).isZero();
      assertThat(tensor.data() % 256).isZero();
      delete(managed);
    }
  }

  @Test
  void givesEveryByteOfTheTensor() {
    ExchangeApi api = ExchangeApi.of(TABLE);
    for (int size = 1; size < 600; size += 7) {
      try (ImportedTensor tensor = api.allocate(DataType.INT16, Device.CPU, size)) {
        tensor.segment().fill((byte) 0x5a);
        assertThat(tensor.view().layout().shape()).containsExactly(size);
        assertThat(tensor.segment().byteSize()).isEqualTo(2L * size);
      }
    }
  }

  @Test
  void givesScalarsNoShapeAndEmptyTensorsNoData() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scalar = prototype(arena, DataType.INT64);
      scalar.set(JAVA_LONG, DlpackAbi.SHAPE, 0);
      MemorySegment managed = allocate(scalar);
      long tensor = managed.address() + Flavour.VERSIONED.tensor();
      assertThat(ALL.get(JAVA_LONG, tensor + DlpackAbi.SHAPE)).isZero();
      assertThat(ALL.get(JAVA_LONG, tensor + DlpackAbi.STRIDES)).isZero();
      assertThat(inspect(managed).data()).isNotZero();
      delete(managed);

      MemorySegment empty = allocate(prototype(arena, DataType.INT64, Long.MAX_VALUE / 2, 0, 2));
      assertThat(inspect(empty).data()).isZero();
      assertThat(inspect(empty).strides().orElseThrow()).containsExactly(2, 2, 1);
      delete(empty);
    }
  }

  @Test
  void takesAnyTypeThatHasASize() {
    try (Arena arena = Arena.ofConfined()) {
      for (DataType type :
          new DataType[] {DataType.INT4, new DataType(15, 6, 1), new DataType(255, 255, 65535)}) {
        MemorySegment managed = allocate(prototype(arena, type, 3));
        assertThat(inspect(managed).dataType()).isEqualTo(type);
        delete(managed);
      }
      long[] most = new long[128];
      Arrays.fill(most, 1);
      MemorySegment managed = allocate(prototype(arena, DataType.INT8, most));
      assertThat(inspect(managed).ndim()).isEqualTo(128);
      delete(managed);
    }
  }

  @Test
  void refusesAddressesThatLeadNowhere() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment prototype = prototype(arena, DataType.INT8, 1);
      assertRefused(
          MemorySegment.NULL,
          "ValueError: prototype: expected the 8-aligned address of a DLTensor but found 0x0;"
              + " fill one in");
      assertRefused(
          prototype.address(),
          0,
          "ValueError: out: expected the 8-aligned address of a pointer but found 0x0;"
              + " say where the tensor goes");
      assertRefused(
          prototype.address(),
          0x1004,
          "ValueError: out: expected the 8-aligned address of a pointer but found 0x1004;"
              + " say where the tensor goes");
      prototype.set(JAVA_LONG, DlpackAbi.SHAPE, 0);
      assertRefused(
          prototype,
          "ValueError: shape: expected the 8-aligned address of the sizes but found 0x0;"
              + " fill them in");
    }
  }

  @Test
  void refusesSizesThatCannotBe() {
    try (Arena arena = Arena.ofConfined()) {
      for (int ndim : new int[] {-1, 129, Integer.MIN_VALUE}) {
        MemorySegment prototype = prototype(arena, DataType.INT8, 1);
        prototype.set(JAVA_INT, DlpackAbi.NDIM, ndim);
        assertRefused(
            prototype,
            "ValueError: ndim: expected 0 to 128 but found " + ndim + "; pass the number of sizes");
      }
      assertRefused(
          prototype(arena, DataType.INT8, 2, -3),
          "ValueError: shape dimension 1: expected 0 or more but found -3;"
              + " pass the sizes of the tensor");
      assertRefused(
          prototype(arena, DataType.INT8, 0, 1L << 32, 1L << 31),
          "ValueError: shape dimension 2: expected at most 2^63 - 1 elements in all but found size"
              + " 2147483648; ask for less");
      assertRefused(
          prototype(arena, DataType.FLOAT32, Long.MAX_VALUE),
          "ValueError: shape: expected at most 2^62 bytes but found 9223372036854775807 elements"
              + " of 32 bits; ask for less");
    }
  }

  @Test
  void refusesTypesWithoutSizeOtherDevicesAndMoreThanThereIs() {
    try (Arena arena = Arena.ofConfined()) {
      assertRefused(
          prototype(arena, new DataType(2, 0, 1), 1),
          "ValueError: dtype: expected 1 or more bits and lanes but found 0 bits and 1 lanes;"
              + " fill in the type of an element");
      assertRefused(
          prototype(arena, new DataType(2, 32, 0), 1),
          "ValueError: dtype: expected 1 or more bits and lanes but found 32 bits and 0 lanes;"
              + " fill in the type of an element");
      MemorySegment prototype = prototype(arena, DataType.INT8, 1);
      prototype.set(JAVA_INT, DlpackAbi.DEVICE, 2);
      assertRefused(
          prototype,
          "BufferError: device: expected main memory, type 1 and id 0, but found type 2 and id 0;"
              + " ask the library of that device");
      assertRefused(
          prototype(arena, DataType.FLOAT32, 1L << 59),
          "MemoryError: data: expected 2305843009213693952 bytes but found no memory;"
              + " free some or ask for less");
    }
  }

  @Test
  void hasNothingOfPythonsAndNoStreams() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocateFrom(JAVA_LONG, UNTOUCHED);
      for (long offset :
          new long[] {
            TableFunctions.FROM_PY_OBJECT,
            TableFunctions.TO_PY_OBJECT,
            TableFunctions.DLTENSOR_FROM_PY_OBJECT
          }) {
        assertThat(ExchangeCalls.convert(function(offset), 8, out.address())).isEqualTo(-1);
      }
      long stream = function(TableFunctions.CURRENT_WORK_STREAM);
      assertThat(ExchangeCalls.workStream(stream, 2, 0, out.address())).isEqualTo(-1);
      assertThat(out.get(JAVA_LONG, 0)).isEqualTo(UNTOUCHED);
      assertThat(ExchangeCalls.workStream(stream, 1, 0, 0)).isEqualTo(-1);
      assertThat(ExchangeCalls.workStream(stream, 1, 0, out.address())).isZero();
      assertThat(out.get(JAVA_LONG, 0)).isZero();
    }
  }

  @Test
  void servesManyThreads() throws InterruptedException {
    ExchangeApi api = ExchangeApi.of(TABLE).shared();
    Concurrently.run(
        4,
        thread -> {
          for (int round = 0; round < 500; round++) {
            try (ImportedTensor tensor =
                api.allocate(DataType.INT32, Device.CPU, 1 + round % 50, 1 + thread)) {
              tensor.elements().setLong(thread, round % 50, thread);
              assertThat(tensor.elements().getLong(round % 50, thread)).isEqualTo(thread);
            }
          }
        });
  }
}
