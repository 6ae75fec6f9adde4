package org.dlpack4j.cudf;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.Table;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.cuda.Gpu;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Columns of several foreign tensors become cuDF's, all or none. */
@ExtendWith(CudfNatives.class)
class CudfColumnsTest extends ForeignTensors {

  private @Nullable CudaMemory memory;

  private long used;

  private ExportedTable exported(Column... columns) {
    return TableExporter.export(
        org.dlpack4j.table.Table.of(columns), counted(requireNonNull(memory)));
  }

  private TensorView part(DataType type, long count) {
    CudaMemory whole = memory == null ? CudaMemory.allocate(0, 1 << 16) : memory;
    memory = whole;
    TensorView view =
        new TensorView(
            whole.address() + used,
            type,
            Device.cuda(0),
            TensorLayout.contiguous(count),
            false,
            false);
    used += Math.ceilDiv(type.storageBytes(count, false), 256) * 256;
    return view;
  }

  private Column nullable(long maskBytes) {
    return Column.of("a", part(DataType.INT32, 100))
        .withValidity(new Validity(part(DataType.UINT8, maskBytes), 0));
  }

  private void assertRefused(CudfImporter importer, Column column, String message)
      throws InterruptedException {
    List<ManagedColumn> managed = exported(column).transferOut();
    assertThatThrownBy(() -> importer.importColumn(column.field(), managed.getFirst()))
        .hasMessageContaining(message);
    Gpu.awaitReleasesOfDevice();
    assertThat(deleted).as("the tensors stay with the caller").hasValue(0);
    discard(managed);
    assertDeleted();
  }

  private static void discard(List<ManagedColumn> columns) {
    for (ManagedColumn column : columns) {
      for (MemorySegment tensor :
          List.of(column.data(), column.offsets(), column.sizes(), column.validity())) {
        if (tensor.address() != 0) {
          TensorImporter.versioned().with(ImportPolicy.DEFAULT.anyDevice()).discard(tensor);
        }
      }
      discard(column.children());
    }
  }

  private ColumnVector imported(CudfImporter importer, Column column) {
    return importer.importColumn(column.field(), exported(column).transferOut().getFirst());
  }

  @Test
  void aNullableColumnHasItsNulls() throws InterruptedException {
    try (ColumnVector column =
        imported(CudfImporter.versioned().withNullCount("a", 7), nullable(64))) {
      assertThat(column.getNullCount()).isEqualTo(7);
      assertThat(column.getValid().getLength()).isEqualTo(64);
    }
    assertDeleted();
  }

  @Test
  void nullsThatNobodyCountedAreRefused() throws InterruptedException {
    assertRefused(
        CudfImporter.versioned(),
        nullable(64),
        "expected to be told how many of 100 rows are null but was not; say it by withNullCount");
  }

  @Test
  void nullsAreCountedByCudfIfThatIsAskedFor() throws InterruptedException {
    Gpu.requireReal("expected a GPU for a kernel of cuDF's but found none");
    imported(CudfImporter.versioned().countingNulls(), nullable(64)).close();
    assertDeleted();
  }

  /** Without a GPU, cuDF's own constructor fails where it has to count. */
  @Test
  void aConstructorThatFailsMovesNoOwnership() throws InterruptedException {
    Gpu.simulator();
    List<ManagedColumn> managed =
        exported(Column.of("b", part(DataType.INT8, 100)), nullable(64)).transferOut();
    var schema =
        org.dlpack4j.table.Schema.of(
            Column.of("b", part(DataType.INT8, 100)).field(), nullable(64).field());
    assertThatThrownBy(() -> CudfImporter.versioned().countingNulls().importTable(schema, managed))
        .hasMessageContaining("cudaErrorCallRequiresNewerDriver");
    Gpu.awaitReleasesOfDevice();
    assertThat(deleted).as("the tensors stay with the caller").hasValue(0);
    assertThat(CudfNatives.openColumns()).as("columns that were made").isEmpty();
    discard(managed);
    assertDeleted();
  }

  @Test
  void moreNullsThanRowsAreRefused() throws InterruptedException {
    assertRefused(
        CudfImporter.versioned().withNullCount("a", 101),
        nullable(64),
        "expected 0 to 100 nulls, as it has so many rows, but was told 101");
  }

  @Test
  void nullsWithoutValidityAreRefused() throws InterruptedException {
    assertRefused(
        CudfImporter.versioned().withNullCount("a", 1),
        Column.of("a", part(DataType.INT32, 100)),
        "expected no nulls, as there is no validity, but was told 1");
  }

  @Test
  void validityWithoutPaddingIsRefused() throws InterruptedException {
    assertRefused(
        CudfImporter.versioned().withNullCount("a", 1),
        nullable(13),
        "expected validity of 64 bytes, as cuDF reads blocks of 64, from a multiple of 4 on, but");
  }

  @Test
  void validityWithoutPaddingIsCopiedIfThatIsAskedFor() throws InterruptedException {
    CudfImporter importer =
        CudfImporter.versioned()
            .withNullCount("a", 1)
            .copyingIfNeeded(DeviceStream.PER_THREAD_DEFAULT);
    try (ColumnVector column = imported(importer, nullable(13))) {
      assertThat(importer.copiedBytes()).isEqualTo(64);
      assertThat(column.getData().getAddress()).isEqualTo(requireNonNull(memory).address());
    }
    assertDeleted();
  }

  @Test
  void validityThatBeginsWithinAByteIsRefused() throws InterruptedException {
    Column column =
        Column.of("a", part(DataType.INT32, 100))
            .withValidity(new Validity(part(DataType.UINT8, 64), 3));
    assertRefused(
        CudfImporter.versioned().withNullCount("a", 1),
        column,
        "expected validity from the first bit of a byte but found 3 to skip");
  }

  @Test
  void textListsAndStructsAreColumns() throws InterruptedException {
    Column text =
        Column.ofBytes(
            "text", new LogicalType.Text(), part(DataType.INT32, 5), part(DataType.UINT8, 30));
    Column lists =
        Column.ofLists(
            "lists", part(DataType.INT32, 5), Column.of("item", part(DataType.FLOAT64, 9)));
    Column member =
        Column.ofBytes(
            "y", new LogicalType.Text(), part(DataType.INT32, 5), part(DataType.UINT8, 30));
    Column structs =
        Column.ofStructs("structs", 4, List.of(Column.of("x", part(DataType.INT8, 4)), member));
    ExportedTable exported = exported(text, lists, structs);
    try (Table table =
        CudfImporter.versioned().importTable(exported.table().schema(), exported.transferOut())) {
      assertThat(table.getColumn(0).getType()).isEqualTo(DType.STRING);
      assertThat(table.getColumn(1).getType()).isEqualTo(DType.LIST);
      assertThat(table.getColumn(2).getNumChildren()).isEqualTo(2);
      try (var child = table.getColumn(1).getChildColumnView(0)) {
        assertThat(child.getRowCount()).isEqualTo(9);
      }
    }
    assertDeleted();
  }

  @Test
  void offsetsOfInt64AreRefused() throws InterruptedException {
    assertRefused(
        CudfImporter.versioned(),
        Column.ofBytes(
            "text", new LogicalType.Text(), part(DataType.INT64, 5), part(DataType.UINT8, 30)),
        "expected offsets of int32, as cuDF-Java has, but found int64");
  }

  @Test
  void typesThatCudfHasNotAreRefused() throws InterruptedException {
    assertRefused(
        CudfImporter.versioned(),
        Column.ofBytes(
            "a", new LogicalType.Binary(), part(DataType.INT32, 5), part(DataType.UINT8, 30)),
        "bring it as lists of uint8");
  }

  @Test
  void aTableComesBackAsItWentOut() throws InterruptedException {
    try (ColumnVector a = Columns.of(DType.INT32, 9);
        ColumnVector b = Columns.withNulls(DType.TIMESTAMP_MICROSECONDS, 9, 2);
        ColumnVector c = Columns.structs(9);
        Table table = new Table(a, b, c)) {
      ExportedTable exported = CudfExporter.versioned().export(table);
      try (Table back =
          CudfImporter.versioned()
              .withNullCount("col_1", 2)
              .importTable(exported.table().schema(), exported.transferOut())) {
        for (int i = 0; i < 3; i++) {
          assertThat(back.getColumn(i).getType()).isEqualTo(table.getColumn(i).getType());
        }
        assertThat(back.getColumn(1).getData().getAddress()).isEqualTo(b.getData().getAddress());
      }
    }
  }
}
