package org.dlpack4j.cudf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.DType.DTypeEnum;
import ai.rapids.cudf.DeviceMemoryBufferView;
import ai.rapids.cudf.Table;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaImporter;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.CudaReleases;
import org.dlpack4j.cuda.CudaTensor;
import org.dlpack4j.cuda.Gpu;
import org.dlpack4j.cuda.ReleasePolicy;
import org.dlpack4j.cudasim.CudaSimulator;
import org.dlpack4j.cudf.Crossing.Numbers;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.LiveExports;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Columns go out where they lie, and stay until their consumers and the device are done. */
@ExtendWith(CudfNatives.class)
class CudfExporterTest {

  static Stream<DType> typesOfOneTensor() {
    return Arrays.stream(DTypeEnum.values())
        .map(type -> type.isDecimalType() ? DType.create(type, -2) : DType.create(type))
        .filter(
            type ->
                Crossings.of(type) instanceof Numbers(DataType data, _)
                    && data.elementBits() <= Long.SIZE);
  }

  @ParameterizedTest
  @MethodSource("typesOfOneTensor")
  void aColumnIsATensorOverItsOwnBytes(DType type) {
    try (ColumnVector column = Columns.of(type, 100)) {
      long address = column.getData().getAddress();
      MemorySegment managed = CudfExporter.versioned().export(column).transferOut();
      try (CudaTensor tensor = CudaImporter.versioned().adopt(managed)) {
        assertThat(tensor.view().dataAddress()).isEqualTo(address);
        assertThat(tensor.view().device()).isEqualTo(Device.cuda(0));
        assertThat(tensor.view().layout().shape()).containsExactly(100);
        assertThat(tensor.view().dataType().elementBits()).isEqualTo(type.getSizeInBytes() * 8);
      }
    }
  }

  @Test
  void theColumnMayBeClosedAtOnceAndOnAnotherThread() throws Exception {
    ColumnVector column = Columns.of(DType.INT64, 10);
    ExportedTensor exported = CudfExporter.versioned().export(column);
    assertThat(column.getRefCount()).isEqualTo(2);
    assertThat(Exports.live()).extracting(LiveExports::kind).contains("CudfOwner");
    Thread closing = Thread.ofPlatform().start(column::close);
    closing.join();
    assertThat(column.getRefCount()).isEqualTo(1);
    assertThat(CudfNatives.openColumns()).hasSize(1);
    exported.close();
    Gpu.awaitReleases();
    assertThat(column.getRefCount()).isZero();
  }

  @Test
  void theColumnStaysUntilTheDeviceIsDone() throws Exception {
    CudaSimulator simulator = Gpu.simulator();
    ColumnVector column = Columns.of(DType.INT64, 10);
    try (var memory = CudaMemory.allocate(0, 8)) {
      ExportedTensor exported = CudfExporter.versioned().export(column);
      column.close();
      simulator.setPatience(-1);
      Gpu.set(memory, 1, org.dlpack4j.device.DeviceStream.LEGACY_DEFAULT);
      exported.close();
      Exports.releasePending();
      assertThat(CudaReleases.await(Duration.ofMillis(50))).isFalse();
      assertThat(column.getRefCount()).as("work is queued that may use it").isEqualTo(1);
    } finally {
      simulator.setPatience(1);
    }
    Gpu.awaitReleases();
    assertThat(column.getRefCount()).isZero();
  }

  @Test
  void itIsReleasedAtOnceIfThatIsThePolicy() throws Exception {
    ColumnVector column = Columns.of(DType.INT64, 10);
    CudfExporter.versioned().releasing(ReleasePolicy.AT_ONCE).export(column).close();
    Gpu.awaitReleases();
    assertThat(column.getRefCount()).isEqualTo(1);
    column.close();
  }

  @Test
  void theLegacyStructCrosses() {
    try (ColumnVector column = Columns.of(DType.FLOAT64, 3)) {
      CudaImporter.legacy().adopt(CudfExporter.legacy().export(column).transferOut()).close();
    }
  }

  @Test
  void aClosedColumnIsRefused() {
    ColumnVector column = Columns.of(DType.INT64, 10);
    column.close();
    assertThatThrownBy(() -> CudfExporter.versioned().export(column))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void nullsAreRefusedOfATensorAndRetainNothing() {
    try (ColumnVector column = Columns.withNulls(DType.INT32, 100, 3)) {
      assertThatThrownBy(() -> CudfExporter.versioned().export(column))
          .isInstanceOf(RefusedColumnException.class)
          .hasMessageContaining("expected no nulls but found 3 in 100 rows");
      assertThat(column.getRefCount()).isEqualTo(1);
    }
  }

  @Test
  void nullsAreTheValidityOfAColumnWithItsPadding() {
    try (ColumnVector column = Columns.withNulls(DType.INT32, 100, 3);
        ExportedTable table = CudfExporter.versioned().exportColumn("a", column)) {
      Column exported = table.table().column("a");
      assertThat(exported.validity().orElseThrow().bytes().dataAddress())
          .isEqualTo(column.getValid().getAddress());
      assertThat(exported.validity().orElseThrow().bytes().layout().shape()).containsExactly(64);
      assertThat(exported.data().dataAddress()).isEqualTo(column.getData().getAddress());
    }
  }

  @Test
  void aColumnWithoutNullsHasNoValidity() {
    try (ColumnVector column = Columns.withNulls(DType.INT32, 100, 0);
        ExportedTable table = CudfExporter.versioned().exportColumn("a", column)) {
      assertThat(table.table().column("a").validity()).isEmpty();
    }
  }

  @Test
  void listsAreOffsetsAndElements() {
    try (ColumnVector column = Columns.lists(4, 16);
        ExportedTable table = CudfExporter.versioned().exportColumn("a", column)) {
      Column exported = table.table().column("a");
      assertThat(exported.offsets().orElseThrow().dataAddress())
          .isEqualTo(column.getOffsets().getAddress());
      assertThat(exported.offsets().orElseThrow().layout().shape()).containsExactly(5);
      assertThat(exported.children().getFirst().rows()).isEqualTo(16);
    }
  }

  @Test
  void structsAreTheirMembers() {
    try (ColumnVector column = Columns.structs(7);
        ExportedTable table = CudfExporter.versioned().exportColumn("a", column)) {
      List<Column> members = table.table().column("a").children();
      assertThat(members.stream().map(member -> member.data().dataType()))
          .containsExactly(DataType.INT32, DataType.FLOAT64);
    }
  }

  @Test
  void textIsOffsetsAndBytes() {
    Gpu.requireReal("expected a GPU, as cuDF asks it for the number of bytes, but found none");
    try (ColumnVector column = ColumnVector.fromStrings("a", "bcd", "");
        ExportedTable table = CudfExporter.versioned().exportColumn("a", column)) {
      Column exported = table.table().column("a");
      assertThat(exported.offsets().orElseThrow().layout().shape()).containsExactly(4);
      assertThat(exported.data().layout().shape()).containsExactly(4);
    }
  }

  /** What cuDF would answer, without a GPU to ask. */
  @Test
  void textIsAsManyBytesAsCudfSays() {
    try (CudaMemory memory = CudaMemory.allocate(0, 64)) {
      ColumnViews views = new ColumnViews();
      TensorView offsets = memory.view(DataType.INT32, 4);
      var bytes = new DeviceMemoryBufferView(memory.address() + 16, 30);
      Column text = views.text("a", offsets, bytes);
      assertThat(text.type()).isEqualTo(new LogicalType.Text());
      assertThat(text.rows()).isEqualTo(3);
      assertThat(text.data().dataAddress()).isEqualTo(memory.address() + 16);
      assertThat(text.data().layout().shape()).containsExactly(30);
      assertThat(views.bytes()).isEqualTo(30);

      var tooMany = new DeviceMemoryBufferView(memory.address(), 1L << 31);
      assertThatThrownBy(() -> views.text("a", offsets, tooMany))
          .isInstanceOf(RefusedColumnException.class)
          .hasMessageContaining("expected at most 2147483647 bytes but found 2147483648");
    }
  }

  @Test
  void textIsNoTensor() {
    try (ColumnVector column = Columns.text(2, 6)) {
      assertThatThrownBy(() -> CudfExporter.versioned().export(column))
          .hasMessageContaining("expected a number a row but found more; export it as a column");
    }
  }

  @Test
  void decimalsOf128BitsAreAColumnAndNoTensor() {
    try (ColumnVector column = Columns.of(DType.create(DTypeEnum.DECIMAL128, -3), 5)) {
      assertThatThrownBy(() -> CudfExporter.versioned().export(column))
          .hasMessageContaining("expected numbers that consumers know but found int128");
      try (ExportedTable table = CudfExporter.versioned().exportColumn("a", column)) {
        assertThat(table.table().column("a").type()).isEqualTo(new LogicalType.Decimal(38, 3));
      }
    }
  }

  @Test
  void columnsWithoutRowsHaveNoMemory() {
    try (ColumnVector column =
            new ColumnVector(DType.STRING, 0, java.util.Optional.of(0L), null, null, null);
        ExportedTable table = CudfExporter.versioned().exportColumn("a", column)) {
      assertThat(table.table().rows()).isZero();
    }
    try (ColumnVector column =
        new ColumnVector(DType.INT8, 0, java.util.Optional.of(0L), null, null, null)) {
      CudaImporter.versioned().adopt(CudfExporter.versioned().export(column).transferOut()).close();
    }
  }

  @Test
  void aTableIsAllOfItsColumns() {
    try (ColumnVector a = Columns.of(DType.INT32, 9);
        ColumnVector b = Columns.withNulls(DType.FLOAT64, 9, 1);
        Table table = new Table(a, b)) {
      ExportedTable exported = CudfExporter.versioned().export(table, "id", "value");
      assertThat(exported.table().column("value").validity()).isPresent();
      assertThat(a.getRefCount()).isEqualTo(3);
      exported.close();
      assertThatThrownBy(() -> CudfExporter.versioned().export(table, "id"))
          .hasMessageContaining("table: expected 2 names but found 1");
      try (ExportedTable unnamed = CudfExporter.versioned().export(table)) {
        assertThat(unnamed.table().column("col_1").rows()).isEqualTo(9);
      }
    }
  }

  @Test
  void oneColumnThatCannotCrossRetainsNoOther() {
    try (ColumnVector a = Columns.of(DType.INT32, 9);
        ColumnVector b = Columns.withNulls(DType.FLOAT64, 9, 1);
        Table table = new Table(a, b)) {
      assertThatThrownBy(() -> CudfExporter.versioned().exportMatrix(table))
          .hasMessageContaining("expected no nulls but found 1");
      assertThat(a.getRefCount()).isEqualTo(2);
      assertThat(b.getRefCount()).isEqualTo(2);
    }
  }

  @Test
  void whatIsHeldIsCountedAndLimited() throws Exception {
    CudfBudget budget = CudfBudget.ofBytes(100);
    CudfExporter exporter = CudfExporter.versioned().within(budget);
    try (ColumnVector column = Columns.of(DType.INT64, 10)) {
      ExportedTensor first = exporter.export(column);
      assertThat(budget.heldBytes()).isEqualTo(80);
      assertThat(CudfMemory.statistics().unspillableBytes()).isEqualTo(80);
      assertThatThrownBy(() -> exporter.export(column))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("budget: expected 80 bytes to fit but found 80 of 100 held");
      assertThat(column.getRefCount()).isEqualTo(2);
      first.close();
      Gpu.awaitReleases();
      assertThat(budget.heldBytes()).isZero();
      exporter.export(column).close();
    }
  }
}
