package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compare.VectorEqualsVisitor;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.DataType;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTableException;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Table;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Vectors as columns, record batches as tables and matrices, and back. */
@ExtendWith(ArrowMemory.class)
class ArrowTableTest {

  private static final ArrowExporter EXPORTER = ArrowExporter.versioned();

  @RepeatedTest(60)
  void anyRecordBatchComesBackAsItWasOverTheSameBytes(
      RepetitionInfo repetition, BufferAllocator allocator) {
    SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
    RandomVectors vectors = new RandomVectors(random, allocator);
    int rows = random.nextInt(4) == 0 ? random.nextInt(10_000) : random.nextInt(40);
    try (VectorSchemaRoot root = vectors.root(1 + random.nextInt(6), rows)) {
      List<ManagedColumn> managed = EXPORTER.export(root).transferOut();
      try (VectorSchemaRoot back =
          ArrowImporter.versioned(allocator).importRoot(root.getSchema(), managed)) {
        assertThat(back.getRowCount()).isEqualTo(rows);
        for (int i = 0; i < root.getFieldVectors().size(); i++) {
          FieldVector before = root.getVector(i);
          assertThat(VectorEqualsVisitor.vectorEquals(before, back.getVector(i)))
              .as("%s of %d rows", before.getField(), rows)
              .isTrue();
          assertThat(addresses(back.getVector(i))).isEqualTo(addresses(before));
        }
      }
    }
  }

  /** Of all data, offsets included, of which there are bytes. */
  private static List<Long> addresses(FieldVector vector) {
    List<Long> found = new ArrayList<>();
    List<ArrowBuf> buffers = vector.getFieldBuffers();
    if (vector.getValueCount() > 0) {
      // The last is text, or the offsets of lists; there may be no bytes of text.
      for (ArrowBuf buffer : buffers.subList(1, buffers.size())) {
        found.add(buffer.writerIndex() == 0 ? 0 : buffer.memoryAddress());
      }
    }
    vector.getChildrenFromFields().forEach(child -> found.addAll(addresses(child)));
    return found;
  }

  @Test
  void aColumnSaysWhatItsNumbersMean(BufferAllocator allocator) {
    try (TimeStampMilliTZVector vector =
        new TimeStampMilliTZVector("at", allocator, "Asia/Tokyo")) {
      vector.allocateNew(3);
      vector.set(0, 5);
      vector.set(2, 7);
      vector.setValueCount(3);

      try (var exported = EXPORTER.exportColumn(vector)) {
        Column column = exported.table().column("at");
        assertThat(column.type())
            .isEqualTo(new LogicalType.Timestamp(ChronoUnit.MILLIS, Optional.of("Asia/Tokyo")));
        assertThat(column.validity()).isPresent();
        assertThat(column.data().dataAddress()).isEqualTo(vector.getDataBufferAddress());
      }
    }
  }

  @Test
  void aConsumerOfAColumnSeesItsTextAndItsNulls(BufferAllocator allocator) {
    List<ManagedColumn> managed;
    try (VarCharVector names = new VarCharVector("name", allocator)) {
      names.allocateNew(3);
      names.setSafe(0, "é".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      names.setSafe(2, "xyz".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      names.setValueCount(3);
      managed = EXPORTER.exportColumn(names).transferOut();
    }
    org.dlpack4j.table.Field text =
        new org.dlpack4j.table.Field(
            "name", new LogicalType.Text(), Optional.of(DataType.UINT8), true, List.of());
    try (ImportedTable table =
        TableImporter.versioned().adopt(org.dlpack4j.table.Schema.of(text), managed)) {
      assertThat(table.column("name").isNull(0)).isFalse();
      assertThat(table.column("name").isNull(1)).isTrue();
      assertThat(table.column("name").offsets().orElseThrow().elements().toIntArray())
          .containsExactly(0, 2, 2, 5);
    }
  }

  @Test
  void bitsAreNoColumnAndSayWhatToDo(BufferAllocator allocator) {
    try (BitVector vector = new BitVector("flags", allocator)) {
      vector.allocateNew(3);
      vector.setValueCount(3);
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> EXPORTER.exportColumn(vector))
          .withMessageContaining("export them packed");
    }
  }

  @Test
  void bitsAreUnpackedIntoACopyThatSaysSo(BufferAllocator allocator) {
    try (BitVector vector = new BitVector("flags", allocator)) {
      vector.allocateNew(11);
      for (int i = 0; i < 11; i++) {
        vector.set(i, i % 4 == 1 ? 1 : 0);
      }
      vector.setValueCount(11);
      long before = Copies.statistics().copies();
      try (ImportedTensor tensor =
          TensorImporter.versioned().adopt(EXPORTER.exportUnpacked(vector).transferOut())) {
        assertThat(tensor.view().dataType()).isEqualTo(DataType.BOOL);
        assertThat(tensor.elements().getBoolean(9)).isTrue();
        assertThat(tensor.elements().getBoolean(10)).isFalse();
        assertThat(tensor.flags() & org.dlpack4j.TensorFlags.IS_COPIED).isNotZero();
      }
      assertThat(Copies.statistics().copies()).isGreaterThan(before);
    }
  }

  @Test
  void nullsAreFilledInACopyOrTold(BufferAllocator allocator) {
    try (IntVector vector = new IntVector("n", allocator)) {
      vector.allocateNew(20);
      for (int i = 0; i < 20; i++) {
        if (i % 7 != 0) {
          vector.set(i, i);
        }
      }
      vector.setValueCount(20);
      try (ImportedTensor filled =
              TensorImporter.versioned().adopt(EXPORTER.exportFilled(vector, -1).transferOut());
          ImportedTensor validity =
              TensorImporter.versioned().adopt(EXPORTER.exportValidity(vector).transferOut())) {
        for (int i = 0; i < 20; i++) {
          assertThat(filled.elements().getLong(i)).isEqualTo(i % 7 == 0 ? -1 : i);
          assertThat(validity.elements().getBoolean(i)).isEqualTo(i % 7 != 0);
        }
      }
      assertThat(vector.isNull(7)).isTrue();
    }
  }

  @Test
  void aTypeWithoutABitmapHasNoValidityToExport() {
    try (NullVector nothing = new NullVector("nothing", 3)) {
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> EXPORTER.exportValidity(nothing))
          .withMessageContaining("column nothing of Null: expected values but found nulls");
    }
  }

  private static VectorSchemaRoot doubles(BufferAllocator allocator, int columns, int rows) {
    List<FieldVector> vectors = new ArrayList<>();
    try (Float8Vector all = new Float8Vector("all", allocator)) {
      all.allocateNew(columns * rows);
      for (int i = 0; i < columns * rows; i++) {
        all.set(i, i);
      }
      all.setValueCount(columns * rows);
      for (int i = 0; i < columns; i++) {
        var pair = all.getTransferPair("c" + i, allocator);
        pair.splitAndTransfer(i * rows, rows);
        vectors.add((FieldVector) pair.getTo());
      }
    }
    List<Field> fields = vectors.stream().map(FieldVector::getField).toList();
    return new VectorSchemaRoot(fields, vectors, rows);
  }

  @Test
  void columnsOfOneBufferAreAMatrixInPlace(BufferAllocator allocator) {
    try (VectorSchemaRoot root = doubles(allocator, 3, 16);
        ImportedTensor matrix =
            TensorImporter.versioned().adopt(EXPORTER.exportMatrix(root).transferOut())) {
      assertThat(matrix.view().layout().shape()).containsExactly(16, 3);
      assertThat(matrix.view().dataAddress()).isEqualTo(root.getVector(0).getDataBufferAddress());
      assertThat(matrix.elements().getDouble(5, 2)).isEqualTo(37);
    }
  }

  @Test
  void columnsThatLieAnyhowAreAMatrixOnlyAsACopy(BufferAllocator allocator) {
    try (VectorSchemaRoot root = doubles(allocator, 3, 16)) {
      List<FieldVector> turned = List.of(root.getVector(0), root.getVector(2), root.getVector(1));
      VectorSchemaRoot other = VectorSchemaRoot.of(turned.toArray(FieldVector[]::new));
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> EXPORTER.exportMatrix(other))
          .withMessageContaining("column c1 of")
          .withMessageContaining("export a copy");
      try (ImportedTensor matrix =
          TensorImporter.versioned().adopt(EXPORTER.exportMatrixCopy(other).transferOut())) {
        assertThat(matrix.view().layout().isContiguous()).isTrue();
        assertThat(matrix.elements().getDouble(5, 1)).isEqualTo(37);
      }
    }
  }

  @Test
  void columnsOfSeveralTypesAreNoMatrix(BufferAllocator allocator) {
    try (IntVector one = new IntVector("i", allocator);
        BigIntVector other = new BigIntVector("l", allocator)) {
      VectorSchemaRoot root = VectorSchemaRoot.of(one, other);
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> EXPORTER.exportMatrix(root))
          .withMessageContaining("expected 0 numbers of int32");
    }
  }

  @Test
  void aTableOfAnotherSchemaIsRefusedAndStaysWithTheCaller(BufferAllocator allocator) {
    try (VectorSchemaRoot root = doubles(allocator, 2, 4)) {
      List<ManagedColumn> managed = EXPORTER.export(root).transferOut();
      Field wrong = new Field("c0", FieldType.nullable(new ArrowType.Int(64, true)), null);
      Schema schema = new Schema(List.of(wrong, root.getVector(1).getField()));
      assertThatExceptionOfType(RefusedTableException.class)
          .isThrownBy(() -> ArrowImporter.versioned(allocator).importRoot(schema, managed))
          .withMessageContaining("column c0, data: expected int64");
      try (VectorSchemaRoot back =
          ArrowImporter.versioned(allocator).importRoot(root.getSchema(), managed)) {
        assertThat(back.getVector(1).getObject(3)).isEqualTo(7.0);
      }
    }
  }

  @Test
  void offsetsOfAnotherWidthAreRefusedAndNothingIsRetained(BufferAllocator allocator) {
    try (VarCharVector names = new VarCharVector("name", allocator)) {
      names.allocateNew(1);
      names.setSafe(0, new byte[] {'a'});
      names.setValueCount(1);
      List<ManagedColumn> managed = EXPORTER.exportColumn(names).transferOut();
      Schema schema =
          new Schema(
              List.of(new Field("name", FieldType.nullable(new ArrowType.LargeUtf8()), null)));
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> ArrowImporter.versioned(allocator).importRoot(schema, managed))
          .withMessageContaining("expected offsets of int64 but found int32");
      for (ManagedColumn column : managed) {
        TensorImporter.versioned().discard(column.data());
        TensorImporter.versioned().discard(column.offsets());
      }
    }
  }

  @Test
  void anEmptyTableIsAnEmptyRecordBatch(BufferAllocator allocator) {
    Schema schema = new Schema(List.of());
    try (VectorSchemaRoot root = new VectorSchemaRoot(schema, List.of(), 0);
        var exported = EXPORTER.export(root)) {
      assertThat(exported.table()).isEqualTo(new Table(0, List.of()));
    }
    try (VectorSchemaRoot root = ArrowImporter.versioned(allocator).importRoot(schema, List.of())) {
      assertThat(root.getRowCount()).isZero();
    }
  }
}
