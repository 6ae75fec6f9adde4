package org.dlpack4j.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.DeviceMemoryBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.cudf.CudfExporter;
import org.dlpack4j.cudf.CudfImporter;
import org.dlpack4j.exporting.TensorExporter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A column of cuDF's out and in; nobody looks at its numbers, so that it needs no GPU. */
@State(Scope.Thread)
public class CudfBenchmark {

  static {
    CudaSimulator.load();
  }

  // All live as long as the JVM.
  private final CudaMemory memory = CudaMemory.allocate(0, (long) Vector.SIZE * Double.BYTES);
  private final ColumnVector column = constructed();
  private final MemorySegment managed = managedTensor();
  private final TensorView view = Vector.view();
  private final Owner blocking = () -> {};

  private ColumnVector constructed() {
    DeviceMemoryBuffer data = DeviceMemoryBuffer.fromRmm(memory.address(), memory.byteSize(), 0);
    return new ColumnVector(DType.FLOAT64, Vector.SIZE, Optional.of(0L), data, null, null);
  }

  /** Its deleter does nothing, so that the same struct comes again and again. */
  private MemorySegment managedTensor() {
    MemorySegment struct = Arena.global().allocate(Flavour.VERSIONED.layout());
    struct.set(JAVA_INT, 0, DlpackVersion.CURRENT.major());
    struct.set(JAVA_INT, 4, DlpackVersion.CURRENT.minor());
    struct.set(ADDRESS, Flavour.VERSIONED.deleter(), Baselines.RELEASE_NOTHING);
    MemorySegment tensor = struct.asSlice(Flavour.VERSIONED.tensor());
    tensor.set(ADDRESS, DlpackAbi.DATA, MemorySegment.ofAddress(memory.address()));
    tensor.set(JAVA_INT, DlpackAbi.DEVICE, Device.Type.CUDA);
    tensor.set(JAVA_INT, DlpackAbi.NDIM, 1);
    DataType type = DataType.FLOAT64;
    tensor.set(JAVA_INT, DlpackAbi.DTYPE, type.code() | type.bits() << 8 | type.lanes() << 16);
    tensor.set(ADDRESS, DlpackAbi.SHAPE, Arena.global().allocateFrom(JAVA_LONG, Vector.SIZE));
    tensor.set(ADDRESS, DlpackAbi.STRIDES, Arena.global().allocateFrom(JAVA_LONG, 1));
    return struct;
  }

  @Benchmark
  public void export() throws Throwable {
    long exported = CudfExporter.versioned().export(column).transferOutAddress();
    Baselines.requireSeen((long) Baselines.CONSUME.invokeExact(exported), 1);
  }

  @Benchmark
  public void coreBlocking() throws Throwable {
    long exported = TensorExporter.export(view, blocking).transferOutAddress();
    Baselines.requireSeen((long) Baselines.CONSUME.invokeExact(exported), 1);
  }

  @Benchmark
  public long adopt() {
    try (ColumnVector adopted = CudfImporter.versioned().importVector(managed)) {
      return adopted.getRowCount();
    }
  }

  @Benchmark
  public long cudfConstructor() {
    try (ColumnVector made = constructed()) {
      return made.getRowCount();
    }
  }
}
