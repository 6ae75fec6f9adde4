package org.dlpack4j.cudf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.Gpu;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.TensorImporter;

/** Tensors of another library, whose deleters are counted. */
abstract class ForeignTensors {

  final AtomicInteger deleted = new AtomicInteger();

  /** Memory of another library, whose deleter is counted. */
  Owner counted(CudaMemory memory) {
    return () -> {
      deleted.incrementAndGet();
      memory.close();
    };
  }

  MemorySegment managed(DataType type, long... shape) {
    CudaMemory memory = CudaMemory.allocate(0, 1 << 16);
    return TensorExporter.export(memory.view(type, shape), counted(memory)).transferOut();
  }

  MemorySegment managed(DataType type, TensorLayout layout) {
    CudaMemory memory = CudaMemory.allocate(0, 1 << 16);
    TensorView view = memory.view(type, 1).withLayout(layout);
    return TensorExporter.export(view, counted(memory)).transferOut();
  }

  void assertDeleted() throws InterruptedException {
    Gpu.awaitReleases();
    assertThat(deleted).as("deleters called").hasValue(1);
  }

  /** Refused, and the tensor is the caller's, whose deleter was not called. */
  void assertRefused(MemorySegment managed, ThrowingCallable call, String message)
      throws InterruptedException {
    assertThatThrownBy(call).hasMessageContaining(message);
    Gpu.awaitReleasesOfDevice();
    assertThat(deleted).as("the tensor stays with the caller").hasValue(0);
    TensorImporter.versioned()
        .with(ImportPolicy.DEFAULT.anyDevice().anyDataType())
        .discard(managed);
    assertDeleted();
  }

  void assertRefused(MemorySegment managed, String message) throws InterruptedException {
    assertRefused(managed, () -> CudfImporter.versioned().importVector(managed), message);
  }

  static long address(MemorySegment managed) {
    return TensorImporter.versioned().inspect(managed).data();
  }
}
