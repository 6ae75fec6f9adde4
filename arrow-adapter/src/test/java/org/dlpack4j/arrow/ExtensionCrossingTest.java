package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.UuidVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.extension.UuidType;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.extension.BFloat16Type;
import org.dlpack4j.arrow.extension.BFloat16Vector;
import org.dlpack4j.arrow.extension.Bool8Type;
import org.dlpack4j.arrow.extension.Bool8Vector;
import org.dlpack4j.arrow.extension.FixedShapeTensorType;
import org.dlpack4j.arrow.extension.FixedShapeTensorVector;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Extension types as tensors, and tensors as extension types. */
@ExtendWith(ArrowMemory.class)
class ExtensionCrossingTest {

  private static final ArrowExporter EXPORTER = ArrowExporter.versioned();
  private static final ArrowType INT32 = new ArrowType.Int(32, true);

  private static ImportedTensor adopted(ExportedTensor tensor) {
    return TensorImporter.versioned().adopt(tensor.transferOut());
  }

  private static Bool8Vector bools(BufferAllocator allocator, @Nullable Boolean... values) {
    Bool8Vector vector = new Bool8Vector("b", allocator);
    vector.allocateNew(values.length);
    for (int i = 0; i < values.length; i++) {
      Boolean value = values[i];
      if (value != null) {
        vector.set(i, value);
      }
    }
    vector.setValueCount(values.length);
    return vector;
  }

  private static BFloat16Vector halves(BufferAllocator allocator, float... values) {
    BFloat16Vector vector = new BFloat16Vector("h", allocator);
    vector.allocateNew(values.length);
    for (int i = 0; i < values.length; i++) {
      vector.set(i, values[i]);
    }
    vector.setValueCount(values.length);
    return vector;
  }

  /** Without nulls, with the numbers 0, 1, … in memory. */
  private static FieldVector counting(Field field, int rows, BufferAllocator allocator) {
    FieldVector vector = field.createVector(allocator);
    vector.setInitialCapacity(rows);
    vector.allocateNew();
    fill(vector, rows);
    vector.setValueCount(rows);
    return vector;
  }

  private static void fill(FieldVector given, int rows) {
    FieldVector vector = BufferViews.storage(given);
    if (vector instanceof FixedSizeListVector lists) {
      IntStream.range(0, rows).forEach(lists::setNotNull);
      fill(lists.getDataVector(), rows * lists.getListSize());
      return;
    }
    BaseFixedWidthVector numbers = (BaseFixedWidthVector) vector;
    numbers.allocateNew(rows);
    for (int i = 0; i < rows; i++) {
      numbers.setIndexDefined(i);
      numbers.getDataBuffer().setInt(4L * i, i);
    }
    numbers.setValueCount(rows);
  }

  @Test
  void boolsOfAByteAreBoolsWhereTheyLieBothWays(BufferAllocator allocator) {
    try (Bool8Vector vector = bools(allocator, true, false, true)) {
      MemorySegment managed = EXPORTER.export(vector).transferOut();
      ImportedTensor tensor = TensorImporter.versioned().adopt(managed);
      assertThat(tensor.view().dataType()).isEqualTo(DataType.BOOL);
      assertThat(tensor.view().dataAddress()).isEqualTo(vector.getDataBufferAddress());
      assertThat(tensor.elements().toBooleanArray()).containsExactly(true, false, true);

      try (FieldVector back =
          ArrowImporter.versioned(allocator).importVector("c", tensor.transferOut())) {
        assertThat(back).isInstanceOf(Bool8Vector.class);
        assertThat(((Bool8Vector) back).getValueIterable()).containsExactly(true, false, true);
        assertThat(back.getDataBufferAddress()).isEqualTo(vector.getDataBufferAddress());
        assertThat(back.getField())
            .isEqualTo(new Field("c", FieldType.notNullable(Bool8Type.INSTANCE), null));
      }
    }
  }

  @Test
  void bfloat16IsBfloat16WhereItLiesBothWays(BufferAllocator allocator) {
    try (BFloat16Vector vector = halves(allocator, 1.5f, -2, 3e38f)) {
      ImportedTensor tensor = adopted(EXPORTER.export(vector));
      assertThat(tensor.view().dataType()).isEqualTo(DataType.BFLOAT16);
      assertThat(tensor.view().layout().shape()).containsExactly(3);
      assertThat(tensor.view().dataAddress()).isEqualTo(vector.getDataBufferAddress());
      assertThat(tensor.elements().getDouble(1)).isEqualTo(-2);

      try (FieldVector back =
          ArrowImporter.versioned(allocator).importVector("h", tensor.transferOut())) {
        assertThat(((BFloat16Vector) back).get(2)).isEqualTo(vector.get(2));
        assertThat(back.getDataBufferAddress()).isEqualTo(vector.getDataBufferAddress());
      }
    }
  }

  @Test
  void nullsAreRefusedFilledOrToldByABitmap(BufferAllocator allocator) {
    try (Bool8Vector bools = bools(allocator, true, null);
        BFloat16Vector halves = halves(allocator, 1, 2)) {
      halves.setNull(0);
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> EXPORTER.export(bools))
          .withMessageContaining("expected no nulls but found 1 in 2 rows");
      try (ImportedTensor filled = adopted(EXPORTER.exportFilled(bools, 1));
          ImportedTensor numbers = adopted(EXPORTER.exportFilled(halves, 0.5));
          ImportedTensor validity = adopted(EXPORTER.exportValidity(bools))) {
        assertThat(filled.elements().toBooleanArray()).containsExactly(true, true);
        assertThat(numbers.elements().toDoubleArray()).containsExactly(0.5, 2);
        assertThat(validity.elements().toBooleanArray()).containsExactly(true, false);
      }
    }
  }

  @Test
  void aTensorARowIsOneTensorOfOneDimensionMore(BufferAllocator allocator) {
    FixedShapeTensorType type = FixedShapeTensorType.of(2, 3);
    try (FieldVector vector = counting(type.field("t", INT32), 4, allocator);
        ImportedTensor tensor = adopted(EXPORTER.export(vector))) {
      TensorView view = tensor.view();
      assertThat(view.dataType()).isEqualTo(DataType.INT32);
      assertThat(view.layout().shape()).containsExactly(4, 2, 3);
      assertThat(view.layout().isContiguous()).isTrue();
      assertThat(view.dataAddress()).isEqualTo(elements(vector).getDataBufferAddress());
      assertThat(tensor.elements().getLong(3, 1, 2)).isEqualTo(23);
    }
  }

  private static FieldVector elements(FieldVector tensors) {
    return ((FixedShapeTensorVector) tensors).getUnderlyingVector().getDataVector();
  }

  @Test
  void aPermutationBecomesStridesAndStridesAPermutation(BufferAllocator allocator) {
    FixedShapeTensorType type = FixedShapeTensorType.of(2, 3, 4).withPermutation(2, 0, 1);
    try (FieldVector vector = counting(type.field("t", INT32), 5, allocator)) {
      ImportedTensor tensor = adopted(EXPORTER.export(vector));
      assertThat(tensor.view().layout().shape()).containsExactly(5, 4, 2, 3);
      assertThat(tensor.view().layout().strides()).containsExactly(24, 1, 12, 4);
      assertThat(tensor.elements().getLong(1, 3, 1, 2)).isEqualTo(24 + 3 + 12 + 8);

      ArrowImporter importer = ArrowImporter.versioned(allocator);
      try (FixedShapeTensorVector back = importer.importTensorVector("t", tensor.transferOut())) {
        assertThat(back.getField()).isEqualTo(vector.getField());
        assertThat(elements(back).getDataBufferAddress())
            .isEqualTo(elements(vector).getDataBufferAddress());
        assertThat(back.getObject(4)).isEqualTo(vector.getObject(4));
      }
    }
  }

  @Test
  void aFieldWithAPermutationTakesTheStridesOfThatAndNoOthers(BufferAllocator allocator) {
    FixedShapeTensorType type = FixedShapeTensorType.of(2, 3).withPermutation(1, 0);
    try (FieldVector vector = counting(type.field("t", INT32), 4, allocator)) {
      ArrowImporter importer = ArrowImporter.versioned(allocator);
      MemorySegment managed = EXPORTER.export(vector).transferOut();
      Field wrongShape = FixedShapeTensorType.of(3, 2).withPermutation(1, 0).field("t", INT32);
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> importer.importVector(wrongShape, managed))
          .withMessageContaining("but found int32[4, 3, 2]");
      Field wrongDepth =
          FixedShapeTensorType.of(2, 3, 1).withPermutation(1, 0, 2).field("t", INT32);
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> importer.importVector(wrongDepth, managed));
      try (FieldVector back = importer.importVector(vector.getField(), managed)) {
        assertThat(back.getObject(3)).isEqualTo(vector.getObject(3));
      }

      Field plain = FixedShapeTensorType.of(3, 2).field("t", INT32);
      try (FieldVector rowMajor = counting(plain, 4, allocator)) {
        MemorySegment other = EXPORTER.export(rowMajor).transferOut();
        assertThatExceptionOfType(RefusedVectorException.class)
            .isThrownBy(() -> importer.importVector(vector.getField(), other))
            .withMessageContaining("expected rows one after the other");
        importer.importVector(plain, other).close();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "3"})
  void anyNumberOfRowsOfTensorsOfOneNumberOrNoneComesBack(int rows, BufferAllocator allocator) {
    for (int[] shape : List.of(new int[] {}, new int[] {1, 1}, new int[] {0, 2}, new int[] {3})) {
      Field field = FixedShapeTensorType.of(shape).field("t", INT32);
      try (FieldVector vector = counting(field, rows, allocator)) {
        MemorySegment managed = EXPORTER.export(vector).transferOut();
        try (FieldVector back =
            ArrowImporter.versioned(allocator).importTensorVector("t", managed)) {
          assertThat(back.getField()).isEqualTo(field);
          assertThat(back.getValueCount()).isEqualTo(rows);
        }
      }
    }
  }

  @Test
  void rowsThatAreNotOutermostOrHaveGapsAreRefusedAsTensors(BufferAllocator allocator) {
    Field field = FixedShapeTensorType.of(2, 3).field("t", INT32);
    try (FieldVector vector = counting(field, 4, allocator)) {
      TensorView view;
      try (ImportedTensor tensor = adopted(EXPORTER.export(vector))) {
        view = tensor.view();
      }
      for (TensorView wrong :
          List.of(
              view.withLayout(view.layout().permute(1, 0, 2)),
              view.withLayout(view.layout().slice(2, 0, 2, 1)),
              view.withLayout(view.layout().slice(1, 1, -1, -1)))) {
        BufferOwner owner = BufferOwner.retaining("t", List.of(elements(vector).getDataBuffer()));
        MemorySegment managed = TensorExporter.export(wrong, owner).transferOut();
        assertThatExceptionOfType(RefusedVectorException.class)
            .isThrownBy(() -> ArrowImporter.versioned(allocator).importTensorVector("t", managed))
            .withMessageContaining("expected rows one after the other, and no gaps in them");
        TensorImporter.versioned().discard(managed);
      }
    }
  }

  @Test
  void tensorsInListsAndTensorsOfBfloat16AreDimensionsToo(BufferAllocator allocator) {
    Field tensors =
        new Field(
            "$data$",
            FieldType.notNullable(FixedShapeTensorType.of(2, 3).withPermutation(1, 0)),
            List.of(new Field("$data$", FieldType.notNullable(INT32), null)));
    Field lists =
        new Field("l", FieldType.notNullable(new ArrowType.FixedSizeList(5)), List.of(tensors));
    try (FieldVector vector = counting(lists, 2, allocator)) {
      ImportedTensor tensor = adopted(EXPORTER.export(vector));
      assertThat(tensor.view().layout().shape()).containsExactly(2, 5, 3, 2);
      assertThat(tensor.elements().getLong(1, 4, 2, 0)).isEqualTo(30 + 24 + 2);
      try (FieldVector back =
          ArrowImporter.versioned(allocator).importVector(lists, tensor.transferOut())) {
        assertThat(back.getObject(1)).isEqualTo(vector.getObject(1));
      }
    }
    try (BFloat16Vector flat = halves(allocator, 0, 1, 2, 3, 4, 5)) {
      ImportedTensor tensor = adopted(EXPORTER.export(flat));
      TensorView view = tensor.view();
      MemorySegment reshaped =
          TensorExporter.export(view.withLayout(view.layout().reshape(3, 2)), tensor.intoOwner())
              .transferOut();
      try (FixedShapeTensorVector vector =
          ArrowImporter.versioned(allocator).importTensorVector("t", reshaped)) {
        assertThat(vector.getField())
            .isEqualTo(FixedShapeTensorType.of(2).field("t", BFloat16Type.INSTANCE));
        assertThat(vector.getObject(2)).hasToString("[4.0,5.0]");
      }
    }
  }

  @Test
  void columnsOfExtensionsComeBackAsSuch(BufferAllocator allocator) {
    Field tensors = FixedShapeTensorType.of(2, 2).withPermutation(1, 0).field("t", INT32);
    try (Bool8Vector bools = bools(allocator, true, null, false);
        BFloat16Vector halves = halves(allocator, 1, 2, 3);
        FieldVector blocks = counting(tensors, 3, allocator)) {
      List<FieldVector> vectors = List.of(bools, halves, blocks);
      Schema schema = new Schema(vectors.stream().map(FieldVector::getField).toList());
      List<ManagedColumn> managed =
          EXPORTER.export(new VectorSchemaRoot(schema, vectors, 3)).transferOut();
      try (VectorSchemaRoot back = ArrowImporter.versioned(allocator).importRoot(schema, managed)) {
        assertThat(back.getSchema()).isEqualTo(schema);
        assertThat(((Bool8Vector) back.getVector("b")).getValueIterable())
            .containsExactly(true, null, false);
        assertThat(((BFloat16Vector) back.getVector("h")).get(2)).isEqualTo(3);
        assertThat(back.getVector("t").getObject(2)).isEqualTo(blocks.getObject(2));
        assertThat(back.getVector("t").getField()).isEqualTo(tensors);
      }
    }
  }

  @Test
  void listsOfBoolsAreAColumnOfBools(BufferAllocator allocator) {
    Field elements = new Field("$data$", FieldType.nullable(Bool8Type.INSTANCE), null);
    Field field = new Field("l", FieldType.nullable(new ArrowType.List()), List.of(elements));
    try (ListVector lists = (ListVector) field.createVector(allocator)) {
      lists.allocateNew();
      lists.startNewValue(0);
      ((Bool8Vector) lists.getDataVector()).setSafe(0, true);
      lists.endValue(0, 1);
      lists.setValueCount(1);
      Schema schema = new Schema(List.of(field));
      List<ManagedColumn> managed = EXPORTER.exportColumn(lists).transferOut();
      try (VectorSchemaRoot back = ArrowImporter.versioned(allocator).importRoot(schema, managed)) {
        assertThat(back.getVector("l").getObject(0)).isEqualTo(List.of(true));
      }
    }
  }

  @Test
  void otherExtensionsCrossAsTheirStorage(BufferAllocator allocator) {
    Field field = new Field("u", FieldType.nullable(UuidType.INSTANCE), null);
    try (UuidVector vector = new UuidVector(field, allocator)) {
      vector.allocateNew(1);
      vector.set(0, new UUID(1, 2));
      vector.setValueCount(1);
      Schema schema = new Schema(List.of(field));
      List<ManagedColumn> managed =
          EXPORTER.export(new VectorSchemaRoot(schema, List.of(vector), 1)).transferOut();
      try (VectorSchemaRoot back = ArrowImporter.versioned(allocator).importRoot(schema, managed)) {
        assertThat(back.getVector("u").getObject(0)).isEqualTo(new UUID(1, 2));
      }
    }
  }

  @Test
  void aConsumerOfAColumnSeesBools(BufferAllocator allocator) {
    try (Bool8Vector bools = bools(allocator, true, false)) {
      List<ManagedColumn> managed = EXPORTER.exportColumn(bools).transferOut();
      org.dlpack4j.table.Schema schema =
          new org.dlpack4j.table.Schema(
              List.of(
                  new org.dlpack4j.table.Field(
                      "b",
                      new LogicalType.Numeric(),
                      Optional.of(DataType.BOOL),
                      false,
                      List.of())));
      try (ImportedTable table = TableImporter.versioned().adopt(schema, managed)) {
        assertThat(table.columns().getFirst().elements().toBooleanArray())
            .containsExactly(true, false);
      }
    }
  }
}
