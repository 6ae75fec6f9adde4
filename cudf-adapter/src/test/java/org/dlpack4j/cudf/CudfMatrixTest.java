package org.dlpack4j.cudf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.Table;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.dlpack4j.DataType;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaException;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.Gpu;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tables are matrices, and matrices tables, in place or by a copy that was asked for. */
@ExtendWith(CudfNatives.class)
class CudfMatrixTest extends ForeignTensors {

  @Test
  void aColumnMajorMatrixIsATableOverOneTensor() throws InterruptedException {
    MemorySegment managed =
        managed(DataType.FLOAT32, TensorLayout.strided(new long[] {10, 3}, new long[] {1, 16}));
    long address = address(managed);
    try (Table table = CudfImporter.versioned().importMatrix(managed)) {
      assertThat(table.getNumberOfColumns()).isEqualTo(3);
      assertThat(table.getColumn(2).getData().getAddress()).isEqualTo(address + 2 * 16 * 4);
      MemorySegment again = CudfExporter.versioned().exportMatrix(table).transferOut();
      try (ImportedTensor back =
          TensorImporter.versioned().with(ImportPolicy.DEFAULT.anyDevice()).adopt(again)) {
        assertThat(back.view().layout().strides()).containsExactly(1, 16);
        assertThat(back.view().dataAddress()).isEqualTo(address);
      }
    }
    assertDeleted();
  }

  @Test
  void aRowMajorMatrixIsRefused() throws InterruptedException {
    MemorySegment managed = managed(DataType.FLOAT32, 10, 3);
    assertRefused(
        managed,
        () -> CudfImporter.versioned().importMatrix(managed),
        "expected rows one after the other but found");
  }

  @Test
  void columnsThatLieAnywhereAreNoMatrix() {
    try (ColumnVector a = Columns.of(DType.INT32, 9);
        ColumnVector b = Columns.of(DType.INT32, 9);
        ColumnVector c = Columns.of(DType.INT64, 9);
        Table table = new Table(a, b);
        Table mixed = new Table(a, c)) {
      assertThatThrownBy(() -> CudfExporter.versioned().exportMatrix(table))
          .hasMessageContaining("export a copy");
      assertThatThrownBy(() -> CudfExporter.versioned().exportMatrix(mixed))
          .hasMessageContaining("expected numbers of int32, as in the first column");
    }
  }

  @Test
  void gapsRepetitionsAndRowsAreCopiedIfThatIsAskedFor() throws InterruptedException {
    CudaSimulator simulator = Gpu.simulator();
    CudfImporter importer =
        CudfImporter.versioned().copyingIfNeeded(DeviceStream.PER_THREAD_DEFAULT);
    CudaMemory memory = CudaMemory.allocate(0, 64);
    simulator.poke(memory.address(), new byte[] {1, 2, 3, 4, 5, 6});
    TensorView all = memory.view(DataType.INT8, 6);
    SharedOwner owner = counted(memory).shared();
    MemorySegment second = exported(all, owner, 3, 2);
    MemorySegment first = exported(all, owner, 5, 0);
    MemorySegment rows =
        TensorExporter.export(memory.view(DataType.INT8, 3, 2), owner).transferOut();
    owner.close();
    try (ColumnVector gaps = importer.importVector(second);
        ColumnVector repeated = importer.importVector(first);
        Table table = importer.importMatrix(rows)) {
      simulator.runAll();
      assertThat(bytes(simulator, gaps)).containsExactly(1, 3, 5);
      assertThat(bytes(simulator, repeated)).containsExactly(1, 1, 1, 1, 1);
      assertThat(bytes(simulator, table.getColumn(1))).containsExactly(2, 4, 6);
      assertThat(importer.copiedBytes()).isEqualTo(3 + 5 + 6);
      assertDeleted();
    }
  }

  private static MemorySegment exported(
      TensorView view, SharedOwner owner, long count, long stride) {
    TensorLayout layout = TensorLayout.strided(new long[] {count}, new long[] {stride});
    return TensorExporter.export(view.withLayout(layout), owner).transferOut();
  }

  private static byte[] bytes(CudaSimulator simulator, ColumnVector column) {
    return simulator.peek(column.getData().getAddress(), (int) column.getRowCount());
  }

  @Test
  void columnsThatLieAnywhereAreAMatrixByACopy() {
    CudaSimulator simulator = Gpu.simulator();
    try (ColumnVector a = Columns.of(DType.INT8, 2);
        ColumnVector b = Columns.of(DType.INT8, 2);
        Table table = new Table(a, b)) {
      simulator.poke(a.getData().getAddress(), new byte[] {1, 2});
      simulator.poke(b.getData().getAddress(), new byte[] {3, 4});
      MemorySegment managed =
          CudfExporter.versioned()
              .exportMatrixCopy(table, DeviceStream.PER_THREAD_DEFAULT)
              .transferOut();
      try (ImportedTensor copy =
          TensorImporter.versioned().with(ImportPolicy.DEFAULT.anyDevice()).adopt(managed)) {
        assertThat(copy.flags() & TensorFlags.IS_COPIED).isNotZero();
        assertThat(copy.view().layout().strides()).containsExactly(1, 2);
        simulator.runAll();
        assertThat(simulator.peek(copy.view().dataAddress(), 4)).containsExactly(1, 2, 3, 4);
      }
    }
  }

  @Test
  void columnsStayUntilTheCopiesAreDoneThatWereQueuedBeforeOneFailed() throws InterruptedException {
    CudaSimulator simulator = Gpu.simulator();
    try (ColumnVector a = Columns.of(DType.INT8, 2);
        ColumnVector b = Columns.of(DType.INT8, 2);
        Table table = new Table(a, b)) {
      simulator.fail("cuMemcpyAsync", 2, 2);
      simulator.hold("cuEventQuery", 1);
      assertThatThrownBy(
              () ->
                  CudfExporter.versioned().exportMatrixCopy(table, DeviceStream.PER_THREAD_DEFAULT))
          .isInstanceOf(CudaException.class);
      try {
        assertThat(simulator.awaitHeld(Duration.ofSeconds(60))).isTrue();
        assertThat(a.getRefCount()).as("a copy of it is queued").isEqualTo(3);
      } finally {
        simulator.letGo();
      }
      Gpu.awaitReleases();
      assertThat(a.getRefCount()).isEqualTo(2);
    }
  }
}
