package org.dlpack4j.cudf;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.DeviceMemoryBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.cuda.CudaImporter;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.Gpu;
import org.dlpack4j.exporting.TensorExporter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Columns that nobody closes, which cuDF's cleaner finds once they are collected. */
@ExtendWith(CudfNatives.class)
class LeakedColumnsTest extends ForeignTensors {

  /** cuDF's cleaner is the only thread of its class. */
  private static final String CLEANER = "ai.rapids.cudf.MemoryCleaner$CleanerThread";

  /** Waits for what the collector brings about. */
  private static <T> T collected(CompletableFuture<T> future) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!future.isDone() && System.nanoTime() < end) {
      System.gc();
    }
    assertThat(future).as("a leaked column is collected").isDone();
    return future.join();
  }

  @Test
  void cudfsCleanerClosesTheBuffersOfALeakedColumn() {
    try (CudaMemory memory = CudaMemory.allocate(0, 64)) {
      CompletableFuture<Thread> released = new CompletableFuture<>();
      leakOver(memory, () -> released.complete(Thread.currentThread()));
      assertThat(collected(released).getClass().getName()).isEqualTo(CLEANER);
    }
  }

  private static void leakOver(CudaMemory memory, Owner owner) {
    AdoptedMemory adopted = new AdoptedMemory();
    DeviceMemoryBuffer data = requireNonNull(adopted.buffer(memory.view(DataType.INT8, 8)));
    var leaked = new ColumnVector(DType.INT8, 8, Optional.of(0L), data, null, null);
    assertThat(leaked.getRefCount()).isEqualTo(1);
    adopted.giveOwner(owner);
  }

  @Test
  void theTensorOfALeakedColumnIsDeletedOnAThreadOfOurs() {
    CompletableFuture<Thread> deletedOn = new CompletableFuture<>();
    leakImported(deletedOn);
    assertThat(collected(deletedOn).getName()).startsWith("dlpack4j-");
    assertThat(CudfMemory.statistics().adoptedBytes()).isZero();
  }

  private static void leakImported(CompletableFuture<Thread> deletedOn) {
    CudaMemory memory = CudaMemory.allocate(0, 64);
    Owner owner =
        () -> {
          memory.close();
          deletedOn.complete(Thread.currentThread());
        };
    MemorySegment managed =
        TensorExporter.export(memory.view(DataType.INT8, 8), owner).transferOut();
    ColumnVector leaked = CudfImporter.versioned().importVector(managed);
    assertThat(leaked.getRefCount()).isEqualTo(1);
  }

  @Test
  void aLeakedColumnStaysWhileItsTensorIsOutAndIsCollectedThen() throws Exception {
    CompletableFuture<Thread> freed = new CompletableFuture<>();
    Leaked leaked = leakExported(freed);
    System.gc();
    assertThat(freed).as("its tensor is out").isNotDone();
    assertThat(requireNonNull(leaked.column.get()).getRefCount()).isEqualTo(2);

    CudaImporter.versioned().adopt(leaked.managed).close();
    Gpu.awaitReleases();
    assertThat(collected(freed).getClass().getName()).isEqualTo(CLEANER);
    assertThat(CudfNatives.openColumns()).isEmpty();
    assertThat(leaked.column.get()).isNull();
  }

  private record Leaked(MemorySegment managed, WeakReference<ColumnVector> column) {}

  private static Leaked leakExported(CompletableFuture<Thread> freed) {
    CudaMemory memory = CudaMemory.allocate(0, 64);
    DeviceMemoryBuffer data = DeviceMemoryBuffer.fromRmm(memory.address(), 8, 0);
    data.setEventHandler(
        references -> {
          memory.close();
          freed.complete(Thread.currentThread());
        });
    var column = new ColumnVector(DType.INT8, 8, Optional.of(0L), data, null, null);
    MemorySegment managed = CudfExporter.versioned().export(column).transferOut();
    return new Leaked(managed, new WeakReference<>(column));
  }
}
