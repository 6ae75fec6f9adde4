package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.Cuda;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.CudaReleases;
import org.dlpack4j.cuda.CudaStream;
import org.dlpack4j.cuda.internal.DriverLibrary;
import org.dlpack4j.device.DeviceRuntimes;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.py4j.TensorService;
import org.dlpack4j.py4j.TensorServiceOptions;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/**
 * For Python, by Py4J: publishes memory of a GPU whose values a stream has still to write, and
 * reads what Python has published.
 */
public final class CudaHost {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final TensorService service = TensorService.shared();

  /** One that does not wait for the legacy default, nor that for it. */
  private final CudaStream stream = CudaStream.create(0);

  private final List<CudaMemory> sources = new ArrayList<>();

  private @Nullable TensorView half;

  /** Publishes 0 to count - 1, which are written later than this returns. */
  public void publish(String name, boolean byDescriptor, int count) {
    CudaMemory memory = filled(byDescriptor, count);
    service.publish(name, memory.view(DataType.INT32, count), memory);
  }

  /** The same of memory for which consumers must ask as read-only. */
  public void publishReadOnly(String name, int count) {
    CudaMemory memory = filled(true, count);
    TensorView view = memory.view(DataType.INT32, count);
    TensorView readOnly =
        new TensorView(view.address(), view.dataType(), view.device(), view.layout(), true, false);
    service.publish(name, readOnly, memory);
  }

  /** Every second number of the upper half, the last first. */
  public void publishStrided(String name, int count) {
    CudaMemory memory = filled(true, count);
    long last = memory.address() + (count - 1L) * Integer.BYTES;
    TensorLayout layout = TensorLayout.strided(new long[] {count / 4}, new long[] {-2});
    service.publish(
        name, new TensorView(last, DataType.INT32, memory.device(), layout, false, false), memory);
  }

  /** A table of numbers, half of them null, and of none on a device. */
  public void publishTable(String name, int count) {
    CudaMemory memory = filled(true, 2 * count);
    TensorView numbers = memory.view(DataType.INT32, count);
    TensorView bits =
        new TensorView(
            memory.address() + (long) count * Integer.BYTES,
            DataType.UINT8,
            memory.device(),
            TensorLayout.contiguous(count / Byte.SIZE),
            false,
            false);
    Column nullable = Column.of("numbers", numbers).withValidity(new Validity(bits, 0));
    service.publish(name, Table.of(nullable, Column.of("plain", numbers)), memory);
  }

  /** The halves of one memory, each by itself; the second can be overwritten. */
  public void publishHalves(String first, String second, int count) {
    CudaMemory memory = filled(true, 2 * count);
    SharedOwner owner = memory.shared();
    TensorView left = memory.view(DataType.INT32, count);
    half =
        new TensorView(
            memory.address() + (long) count * Integer.BYTES,
            DataType.INT32,
            memory.device(),
            left.layout(),
            false,
            false);
    service.publish(first, left, owner.retain());
    service.publish(second, half, owner.retain());
    owner.close();
  }

  /** Writes 0, 1, … to the second of the halves, at once. */
  public void overwriteHalf() {
    TensorView view = Objects.requireNonNull(half);
    try (CudaMemory source = source((int) view.layout().elementCount())) {
      CudaCopies.copy(
          source.view(DataType.INT32, view.layout().elementCount()), view, 0, stream.stream());
    }
  }

  /** A tensor without elements. */
  public void publishEmpty(String name) {
    CudaMemory memory = CudaMemory.allocateShared(0, 4);
    service.publish(name, memory.view(DataType.INT32, 0, 3), memory);
  }

  private CudaMemory filled(boolean byDescriptor, int count) {
    long bytes = (long) count * Integer.BYTES;
    CudaMemory memory =
        byDescriptor ? CudaMemory.allocateShared(0, bytes) : CudaMemory.allocate(0, bytes);
    fill(memory.view(DataType.INT32, count), count);
    return memory;
  }

  /** Nothing may be about to be released: asking whether it can be would let the copy run. */
  private void fill(TensorView view, int count) {
    try {
      Expect.that("released in time", CudaReleases.await(PATIENCE));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    CudaMemory source = source(count);
    sources.add(source);
    CudaCopies.queue(source.view(DataType.INT32, count), view, 0, stream.stream());
  }

  private CudaMemory source(int count) {
    int[] numbers = new int[count];
    Arrays.setAll(numbers, i -> i);
    CudaMemory source = CudaMemory.allocate(0, (long) count * Integer.BYTES);
    try (Arena arena = Arena.ofConfined()) {
      TensorView values =
          TensorView.of(arena.allocateFrom(JAVA_INT, numbers), DataType.INT32, count);
      CudaCopies.copy(values, source.view(DataType.INT32, count), 0, stream.stream());
    }
    return source;
  }

  /** Publishes memory that the adapter has not allocated, such as a pool's. */
  public void publishForeign(String name, int count, boolean copying) {
    long bytes = (long) count * Integer.BYTES;
    long address = foreign(bytes);
    TensorView view =
        new TensorView(
            address, DataType.INT32, Device.cuda(0), TensorLayout.contiguous(count), false, false);
    fill(view, count);
    Owner owner = Owner.nonBlocking(() -> {});
    if (copying) {
      service.publish(name, view, owner);
      return;
    }
    try (TensorService refusing =
        TensorService.start(TensorServiceOptions.DEFAULT.withoutCopies())) {
      refusing.publish(name, view, owner);
    }
  }

  private static long foreign(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      MemorySegment context = arena.allocate(JAVA_LONG);
      call("cuDevicePrimaryCtxRetain", context.address(), 0);
      call("cuCtxPushCurrent_v2", context.get(JAVA_LONG, 0));
      call("cuMemAlloc_v2", out.address(), bytes);
      call("cuCtxPopCurrent_v2", context.address());
      return out.get(JAVA_LONG, 0);
    }
  }

  private static void call(String function, long... arguments) {
    ValueLayout[] parameters = new ValueLayout[arguments.length];
    Arrays.fill(parameters, JAVA_LONG);
    int error = DriverLibrary.function(function, parameters).call(arguments);
    Expect.equal(function, 0, error);
  }

  /** The bytes of a tensor that Python has published. */
  public byte[] read(String name) throws InterruptedException {
    Expect.that("published in time", service.await(name, PATIENCE));
    try (ExportedTensor tensor = service.fetchTensor(name)) {
      TensorView view = tensor.view();
      byte[] bytes =
          new byte[(int) view.dataType().storageBytes(view.layout().elementCount(), false)];
      DeviceRuntimes.of(view.device())
          .copyToHost(
              view.device(), view.dataAddress(), MemorySegment.ofArray(bytes), DeviceStream.READY);
      return bytes;
    }
  }

  /** How many bytes were copied on devices, by the service, and by anybody. */
  public long copiedBytes() {
    return service.statistics().copiedBytes();
  }

  /** Whether all that was let go is freed. */
  public boolean isAllReleased() throws InterruptedException {
    return CudaReleases.await(PATIENCE);
  }

  /** How many things were released. */
  public long released() {
    return CudaReleases.statistics().released();
  }

  /** What the device is called everywhere. */
  public String uuid(int ordinal) {
    return Cuda.device(ordinal).uuid().toString();
  }
}
