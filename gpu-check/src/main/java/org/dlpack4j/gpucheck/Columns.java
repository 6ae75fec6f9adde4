package org.dlpack4j.gpucheck;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.cuda.CudaExporter;
import org.dlpack4j.cuda.CudaImporter;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.CudaStream;
import org.dlpack4j.cuda.CudaTensor;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.device.Handshake;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.py4j.TensorService;

/**
 * Java's side of columns on the first device. Those that go by their address between Java and
 * Python in one process, for inprocess.py, are numbers only, to be called through JNI by hand.
 */
public final class Columns {

  private static final Device DEVICE = Device.cuda(0);

  /** Does all of Java's work here. */
  private static final CudaStream STREAM = CudaStream.create(0);

  private static final Map<Long, CudaTensor> ADOPTED = new HashMap<>();

  private Columns() {}

  /** For producers to order their work before ours. */
  public static long stream() {
    return STREAM.stream().handle();
  }

  /**
   * A column of 0, 1, 2 and so on, filled some time on our stream.
   *
   * @param work so many times as much is copied before
   */
  public static long export(long count, long work, boolean versioned) {
    CudaMemory memory = CudaMemory.allocate(0, count * JAVA_FLOAT.byteSize());
    try (CudaMemory host = CudaMemory.allocatePinned(memory.byteSize())) {
      for (long i = 0; i < work; i++) {
        copy(host, memory, count);
      }
    }
    fill(memory, count);
    return exporter(versioned).export(memory, DataType.FLOAT32, count).transferOutAddress();
  }

  private static void fill(CudaMemory memory, long count) {
    // It is freed when the copy is done.
    try (CudaMemory host = CudaMemory.allocatePinned(memory.byteSize())) {
      MemorySegment numbers = host.segment();
      for (long i = 0; i < count; i++) {
        numbers.setAtIndex(JAVA_FLOAT, i, (float) i);
      }
      copy(host, memory, count);
    }
  }

  private static void copy(CudaMemory from, CudaMemory to, long count) {
    TensorView source = from.view(DataType.FLOAT32, count);
    CudaCopies.copy(source, to.view(DataType.FLOAT32, count), 0, STREAM.stream());
  }

  /** Publishes the same in memory that other processes can have in place. */
  public static void publish(String name, long count) {
    CudaMemory memory = CudaMemory.allocateShared(0, count * JAVA_FLOAT.byteSize());
    fill(memory, count);
    TensorService.shared().publish(name, memory.view(DataType.FLOAT32, count), memory);
  }

  /** Publishes a column of bytes too many to be filled; its last number is their count. */
  public static void publishLarge(String name, long bytes) {
    CudaMemory memory = CudaMemory.allocateShared(0, bytes);
    TensorView column = memory.view(DataType.INT64, bytes / Long.BYTES);
    LargeColumn.mark(column);
    TensorService.shared().publish(name, column, memory);
  }

  /** The bytes that publishing has copied. */
  public static long publishingCopied() {
    return TensorService.shared().statistics().copiedBytes();
  }

  /** The same in memory that the driver manages, filled by the host. */
  public static long exportManaged(long count, boolean versioned) {
    CudaMemory memory = CudaMemory.allocateManaged(0, count * JAVA_FLOAT.byteSize());
    for (long i = 0; i < count; i++) {
      memory.segment().setAtIndex(JAVA_FLOAT, i, (float) i);
    }
    return exporter(versioned).export(memory, DataType.FLOAT32, count).transferOutAddress();
  }

  private static CudaExporter exporter(boolean versioned) {
    return versioned ? CudaExporter.versioned() : CudaExporter.legacy();
  }

  /** Has a consumer's stream wait for ours; the number is what Python's protocol says. */
  public static long before(long consumer) {
    Handshake.after(DEVICE, STREAM.stream()).before(DeviceStream.ofPython(DEVICE, consumer));
    return consumer;
  }

  /** Makes a tensor Java's; the handle is its data's address. */
  public static long adopt(long address, boolean versioned) {
    CudaTensor tensor = importer(versioned).adopt(MemorySegment.ofAddress(address));
    ADOPTED.put(tensor.view().dataAddress(), tensor);
    return tensor.view().dataAddress();
  }

  private static CudaImporter importer(boolean versioned) {
    ImportPolicy policy = ImportPolicy.DEFAULT.anyDevice();
    // Legacy tensors do not say; Python has asked for those that may be written.
    return versioned
        ? CudaImporter.versioned()
        : CudaImporter.legacy().with(policy.assumeWritable());
  }

  /** Adds to all numbers of one that was adopted, on our stream; their sum before that. */
  public static double add(long handle, double summand) {
    TensorView view = Objects.requireNonNull(ADOPTED.get(handle)).view();
    long count = view.layout().elementCount();
    try (CudaMemory host = CudaMemory.allocatePinned(count * JAVA_FLOAT.byteSize())) {
      TensorView staged = host.view(DataType.FLOAT32, view.layout().shape());
      CudaCopies.copy(view, staged, 0, STREAM.stream());
      STREAM.synchronize();
      double sum = 0;
      for (long i = 0; i < count; i++) {
        float value = host.segment().getAtIndex(JAVA_FLOAT, i);
        sum += value;
        host.segment().setAtIndex(JAVA_FLOAT, i, (float) (value + summand));
      }
      if (summand != 0) {
        CudaCopies.copy(staged, view, 0, STREAM.stream());
      }
      return sum;
    }
  }

  /** Ends one that was adopted. */
  public static long close(long handle) {
    Objects.requireNonNull(ADOPTED.remove(handle)).close();
    return ADOPTED.size();
  }

  /** Adopts a tensor and exports what it is. */
  public static long again(long address, boolean versioned) {
    CudaTensor tensor = importer(versioned).adopt(MemorySegment.ofAddress(address));
    TensorView view = tensor.view();
    return exporter(versioned).export(view, tensor.intoOwner()).transferOutAddress();
  }

  /** What others have of Java, and Java of others, once there is no more than expected. */
  public static long live(long expected) throws InterruptedException {
    return Held.live(expected);
  }
}
