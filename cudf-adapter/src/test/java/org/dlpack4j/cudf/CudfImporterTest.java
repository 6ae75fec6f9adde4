package org.dlpack4j.cudf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.rapids.cudf.BufferType;
import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.Table;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.CudaReleases;
import org.dlpack4j.cuda.Gpu;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.RefusedTensorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Foreign tensors become columns where they lie, and are given back after cuDF and the device. */
@ExtendWith(CudfNatives.class)
class CudfImporterTest extends ForeignTensors {

  @ParameterizedTest
  @MethodSource("org.dlpack4j.cudf.CudfExporterTest#typesOfOneTensor")
  void aTensorIsAColumnOverItsOwnBytes(DType type) throws InterruptedException {
    DataType numbers =
        Crossings.of(type) instanceof Crossing.Numbers(DataType own, _) ? own : DataType.INT8;
    MemorySegment managed = managed(numbers, 100);
    long address = address(managed);
    try (ColumnVector column = CudfImporter.versioned().importVector(type, managed)) {
      assertThat(column.getType()).isEqualTo(type);
      assertThat(column.getRowCount()).isEqualTo(100);
      assertThat(column.getNullCount()).isZero();
      assertThat(column.getDeviceBufferFor(BufferType.DATA).getAddress()).isEqualTo(address);
    }
    assertDeleted();
  }

  @Test
  void aBoolIsABoolAndABytesNone() throws InterruptedException {
    try (ColumnVector bools = CudfImporter.versioned().importVector(managed(DataType.BOOL, 3));
        ColumnVector bytes = CudfImporter.versioned().importVector(managed(DataType.UINT8, 3))) {
      assertThat(bools.getType()).isEqualTo(DType.BOOL8);
      assertThat(bytes.getType()).isEqualTo(DType.UINT8);
    }
    Gpu.awaitReleases();
    deleted.set(0);
    MemorySegment managed = managed(DataType.UINT8, 3);
    assertRefused(
        managed,
        () -> CudfImporter.versioned().importVector(DType.BOOL8, managed),
        "expected a tensor of such numbers but found uint8");
  }

  @Test
  void theDeleterRunsAfterTheLastOfCudfsReferences() throws InterruptedException {
    ColumnVector column = CudfImporter.versioned().importVector(managed(DataType.INT32, 8));
    try (Table table = new Table(column)) {
      column.close();
      Gpu.awaitReleasesOfDevice();
      assertThat(deleted).hasValue(0);
      assertThat(table.getColumn(0).getRefCount()).isEqualTo(1);
      assertThat(CudfMemory.statistics().adoptedBytes()).isEqualTo(32);
    }
    assertDeleted();
  }

  @Test
  void theDeleterRunsAfterTheDevice() throws InterruptedException {
    CudaSimulator simulator = Gpu.simulator();
    try (CudaMemory memory = CudaMemory.allocate(0, 8)) {
      ColumnVector column = CudfImporter.versioned().importVector(managed(DataType.INT32, 8));
      simulator.setPatience(-1);
      Gpu.set(memory, 1, DeviceStream.LEGACY_DEFAULT);
      column.close();
      assertThat(CudaReleases.await(Duration.ofMillis(50))).isFalse();
      assertThat(deleted).as("work is queued that may use it").hasValue(0);
    } finally {
      simulator.setPatience(1);
    }
    assertDeleted();
  }

  @Test
  void theLegacyStructCrosses() throws InterruptedException {
    CudaMemory memory = CudaMemory.allocate(0, 64);
    MemorySegment managed =
        TensorExporter.exportLegacy(memory.view(DataType.INT64, 8), counted(memory)).transferOut();
    CudfImporter.legacy().importVector(managed).close();
    assertDeleted();
  }

  @Test
  void numbersThatCudfHasNotAreRefused() throws InterruptedException {
    assertRefused(managed(DataType.FLOAT16, 4), "have it converted to float32");
    deleted.set(0);
    assertRefused(managed(DataType.BFLOAT16, 4), "have it converted to float32");
    deleted.set(0);
    assertRefused(managed(DataType.COMPLEX64, 4), "as a matrix of two columns");
  }

  @Test
  void moreDimensionsThanOneAreRefused() throws InterruptedException {
    MemorySegment managed = managed(DataType.INT32, 4, 4);
    assertThatThrownBy(() -> CudfImporter.versioned().importVector(managed))
        .isInstanceOf(RefusedTensorException.class);
    assertRefused(managed, "ndim");
  }

  @Test
  void gapsAreRefused() throws InterruptedException {
    assertRefused(
        managed(DataType.INT32, TensorLayout.strided(new long[] {4}, new long[] {3})),
        "expected rows one after the other but found");
  }

  @Test
  void moreRowsThanCudfCountsAreRefusedAndNotCut() throws InterruptedException {
    // Managed by the host's view of it alone: a byte that is repeated needs no memory.
    CudaMemory memory = CudaMemory.allocate(0, 64);
    TensorLayout repeated = TensorLayout.strided(new long[] {(1L << 32) + 5}, new long[] {0});
    TensorView view = memory.view(DataType.INT8, 1).withLayout(repeated);
    MemorySegment managed = TensorExporter.export(view, counted(memory)).transferOut();
    assertRefused(managed, "expected at most 2147483647 rows");
  }

  @Test
  void anotherDeviceThanTheThreadsIsRefused() throws InterruptedException {
    Gpu.requireTwoDevices();
    CudaMemory memory = CudaMemory.allocate(1, 64);
    MemorySegment managed =
        TensorExporter.export(memory.view(DataType.INT8, 8), counted(memory)).transferOut();
    assertRefused(managed, "expected memory of cuda:0, this thread's device, but found cuda:1");
  }

  @Test
  void whatTheDriverDoesNotKnowIsRefused() throws InterruptedException {
    CudaMemory memory = CudaMemory.allocate(0, 64);
    TensorView lie =
        new TensorView(
            4096, DataType.INT8, Device.cuda(0), TensorLayout.contiguous(8), false, false);
    assertRefused(
        TensorExporter.export(lie, counted(memory)).transferOut(),
        "which CUDA's driver does not know");
  }

  @Test
  void mainMemoryIsRefused() throws InterruptedException {
    CudaMemory memory = CudaMemory.allocatePinned(64);
    assertRefused(
        TensorExporter.export(memory.view(DataType.INT8, 8), counted(memory)).transferOut(),
        "expected memory of cuda:0 or managed memory but found");
  }

  @Test
  void managedMemoryIsAdopted() throws InterruptedException {
    CudaMemory memory = CudaMemory.allocateManaged(0, 64);
    CudfImporter.versioned()
        .importVector(
            TensorExporter.export(memory.view(DataType.INT8, 8), counted(memory)).transferOut())
        .close();
    assertDeleted();
  }

  @Test
  void aTensorWithoutRowsIsAColumnWithoutMemory() throws InterruptedException {
    try (ColumnVector column = CudfImporter.versioned().importVector(managed(DataType.INT8, 0))) {
      assertThat(column.getRowCount()).isZero();
    }
    assertDeleted();
  }

  @Test
  void whatIsHeldIsCountedAndLimited() throws InterruptedException {
    CudfBudget budget = CudfBudget.ofBytes(31);
    MemorySegment managed = managed(DataType.INT32, 8);
    assertRefused(
        managed,
        () -> CudfImporter.versioned().within(budget).importVector(managed),
        "budget: expected 32 bytes to fit but found 0 of 31 held");
    assertThat(budget.heldBytes()).isZero();
  }

  @Test
  void aDeleterThatThrowsDoesNotReachTheUsersClose() throws InterruptedException {
    CudaMemory memory = CudaMemory.allocate(0, 64);
    Owner throwing =
        () -> {
          counted(memory).release();
          throw new IllegalStateException("as the test wants it");
        };
    MemorySegment managed =
        TensorExporter.export(memory.view(DataType.INT8, 8), throwing).transferOut();
    CudfImporter.versioned().importVector(managed).close();
    assertDeleted();
  }

  @Test
  void mainMemoryIsCopiedIfThatIsAskedFor() throws InterruptedException {
    CudfImporter importer =
        CudfImporter.versioned().copyingIfNeeded(DeviceStream.PER_THREAD_DEFAULT);
    MemorySegment bytes = Arena.ofAuto().allocate(64);
    MemorySegment managed =
        TensorExporter.export(TensorView.of(bytes, DataType.INT8, 64), deleted::incrementAndGet)
            .transferOut();
    try (ColumnVector column = importer.importVector(managed)) {
      assertThat(importer.copiedBytes()).isEqualTo(64);
      assertThat(column.getData().getAddress()).isNotEqualTo(bytes.address());
      assertDeleted();
    }
  }
}
