package org.dlpack4j.gpucheck;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.DeviceMemoryBuffer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.Cuda;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cudf.CudfExporter;
import org.dlpack4j.cudf.CudfImporter;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.device.Handshake;
import org.dlpack4j.importing.ImportPolicy;

/**
 * Columns of cuDF's, on the first device, that leave and come back as other columns over the same
 * memory: for Python in the same process, numbers only, to be called through JNI by hand.
 */
public final class CudfColumns {

  private static final Device DEVICE = Device.cuda(0);
  private static final CudfImporter VERSIONED = CudfImporter.versioned();
  private static final CudfImporter LEGACY =
      CudfImporter.legacy().with(ImportPolicy.DEFAULT.anyDevice().assumeWritable());

  /** By where they are; each as long as the process. */
  private static final Map<Long, ColumnVector> MADE = new HashMap<>();

  private static final List<CudaMemory> MEMORY = new ArrayList<>();
  private static final List<ColumnVector> ADOPTED = new ArrayList<>();

  private CudfColumns() {}

  /**
   * Makes a column that can go out, of bytes too many to be filled; its last number is their count.
   *
   * @return where it is
   */
  public static long make(long bytes) {
    DeviceMemoryBuffer buffer = buffer(bytes);
    long rows = bytes / Long.BYTES;
    TensorLayout layout = TensorLayout.contiguous(rows);
    LargeColumn.mark(
        new TensorView(buffer.getAddress(), DataType.INT64, DEVICE, layout, false, false));
    ColumnVector column = new ColumnVector(DType.INT64, rows, Optional.of(0L), buffer, null, null);
    MADE.put(column.getData().getAddress(), column);
    return column.getData().getAddress();
  }

  /** RMM's memory, for which CUDA's runtime is needed, which does not know the simulated driver. */
  private static DeviceMemoryBuffer buffer(long bytes) {
    if (!Cuda.device(0).name().startsWith("Simulated")) {
      return DeviceMemoryBuffer.allocate(bytes);
    }
    CudaMemory memory = CudaMemory.allocate(0, bytes);
    MEMORY.add(memory);
    return DeviceMemoryBuffer.fromRmm(memory.address(), bytes, 0);
  }

  /** A managed tensor over a column. */
  public static long export(long column, boolean versioned) {
    CudfExporter exporter = versioned ? CudfExporter.versioned() : CudfExporter.legacy();
    return exporter.export(Objects.requireNonNull(MADE.get(column))).transferOutAddress();
  }

  /** Has a consumer's stream wait for cuDF's; the number is what Python's protocol says. */
  public static long before(long consumer) {
    Handshake.after(DEVICE, DeviceStream.PER_THREAD_DEFAULT)
        .before(DeviceStream.ofPython(DEVICE, consumer));
    return consumer;
  }

  /** Makes a column of a tensor; returns where it is. */
  public static long adopt(long managed, boolean versioned) {
    CudfImporter importer = versioned ? VERSIONED : LEGACY;
    ColumnVector column = importer.importVector(MemorySegment.ofAddress(managed));
    ADOPTED.add(column);
    return column.getData().getAddress();
  }

  /** Ends the columns that were made of tensors; returns how many they were. */
  public static long close() {
    int count = ADOPTED.size();
    ADOPTED.forEach(ColumnVector::close);
    ADOPTED.clear();
    return count;
  }

  /** The bytes that were copied by anybody here, on the way or on the device. */
  public static long copied() {
    return CudaCopies.statistics().bytes() + VERSIONED.copiedBytes() + LEGACY.copiedBytes();
  }

  /** What others have of Java, and Java of others, once there is no more than expected. */
  public static long live(long expected) throws InterruptedException {
    return Held.live(expected);
  }
}
