package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.util.TransferPair;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tensors as vectors. */
@ExtendWith(ArrowMemory.class)
class ArrowImporterTest {

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(1024, 64);

  /** Its deleter has been called if this is closed. */
  private final Owner owner = Owner.closing(arena);

  private boolean exported;

  private MemorySegment tensor(DataType type, long... shape) {
    return tensor(TensorView.of(memory, type, shape));
  }

  private MemorySegment tensor(TensorView view) {
    exported = true;
    return TensorExporter.export(view, owner).transferOut();
  }

  private boolean isDeleted() {
    Exports.releasePending();
    try {
      return Exports.awaitReleased(owner, java.time.Duration.ofMillis(1))
          && !arena.scope().isAlive();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void awaitDeleted() throws InterruptedException {
    assertThat(Exports.awaitReleased(owner, ArrowMemory.PATIENCE)).isTrue();
    assertThat(arena.scope().isAlive()).isFalse();
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    if (exported) {
      awaitDeleted();
    } else {
      arena.close();
    }
  }

  @Test
  void aVectorLiesOnTheTensorAndDeletesItWithItsLastBuffer(BufferAllocator allocator) {
    memory.setAtIndex(ValueLayout.JAVA_DOUBLE, 2, 2.5);
    Float8Vector vector =
        (Float8Vector)
            ArrowImporter.versioned(allocator).importVector("x", tensor(DataType.FLOAT64, 5));

    assertThat(vector.getDataBufferAddress()).isEqualTo(memory.address());
    assertThat(vector.getName()).isEqualTo("x");
    assertThat(vector.getValueCount()).isEqualTo(5);
    assertThat(vector.getNullCount()).isZero();
    assertThat(vector.get(2)).isEqualTo(2.5);
    vector.set(3, -1);
    assertThat(memory.getAtIndex(ValueLayout.JAVA_DOUBLE, 3)).isEqualTo(-1);

    TransferPair pair = vector.getTransferPair(allocator);
    pair.splitAndTransfer(2, 2);
    vector.close();
    assertThat(isDeleted()).isFalse();
    try (Float8Vector slice = (Float8Vector) pair.getTo()) {
      assertThat(slice.get(1)).isEqualTo(-1);
    }
  }

  @Test
  void aVectorOfManyRowsAllocatesNothingAndItsNullsAreItsOwn(BufferAllocator allocator) {
    int rows = 4 << 20;
    TensorCopy copy = TensorCopy.allocate(DataType.INT8, rows);
    MemorySegment tensor = copy.export().transferOut();
    try (TinyIntVector vector =
            (TinyIntVector) ArrowImporter.versioned(allocator).importVector("x", tensor);
        Float8Vector other =
            (Float8Vector)
                ArrowImporter.versioned(allocator).importVector("y", tensor(DataType.FLOAT64, 9))) {
      assertThat(allocator.getAllocatedMemory()).isEqualTo(rows + 9 * 8);
      assertThat(vector.getNullCount()).isZero();

      vector.setNull(rows - 1);
      other.setNull(8);

      assertThat(vector.getNullCount()).isOne();
      assertThat(other.getNullCount()).isOne();
      assertThat(vector.isNull(8)).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource
  void tensorsOfEveryTypeThatArrowHasCross(
      ArrowType type, DataType dataType, BufferAllocator allocator) {
    Field field = new Field("t", FieldType.nullable(type), null);
    for (int i = 0; i < 64; i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) (i + 1));
    }
    try (FieldVector vector =
        ArrowImporter.versioned(allocator).importVector(field, tensor(dataType, 8))) {
      assertThat(vector.getField()).isEqualTo(field);
      assertThat(vector.getDataBufferAddress()).isEqualTo(memory.address());
      assertThat(vector.getObject(7)).isNotNull();
      assertThat(vector.getNullCount()).isZero();
    }
  }

  static Stream<Arguments> tensorsOfEveryTypeThatArrowHasCross() {
    return ArrowTypes.numbers().entrySet().stream()
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @Test
  void timestampsKeepTheirUnitAndZone(BufferAllocator allocator) {
    memory.setAtIndex(ValueLayout.JAVA_LONG, 1, 1_000_000);
    ArrowType type = new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC");
    Field field = new Field("at", FieldType.notNullable(type), null);
    try (FieldVector vector =
        ArrowImporter.versioned(allocator).importVector(field, tensor(DataType.INT64, 2))) {
      assertThat(((TimeStampMicroTZVector) vector).get(1)).isEqualTo(1_000_000);
    }
  }

  @Test
  void dimensionsAreListsOfOneLength(BufferAllocator allocator) {
    for (int i = 0; i < 24; i++) {
      memory.setAtIndex(ValueLayout.JAVA_INT, i, i);
    }
    try (FieldVector vector =
        ArrowImporter.versioned(allocator).importVector("m", tensor(DataType.INT32, 4, 3, 2))) {
      assertThat(vector.getObject(3)).hasToString("[[18,19],[20,21],[22,23]]");
      assertThat(vector.getValueCount()).isEqualTo(4);
      assertThat(((FixedSizeListVector) vector).getListSize()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @MethodSource
  void tensorsOfNothingAreVectorsOfNothing(long[] shape, BufferAllocator allocator) {
    try (FieldVector vector =
        ArrowImporter.versioned(allocator).importVector("e", tensor(DataType.FLOAT32, shape))) {
      assertThat(vector.getValueCount()).isEqualTo((int) shape[0]);
    }
  }

  static Stream<Arguments> tensorsOfNothingAreVectorsOfNothing() {
    return Stream.of(new long[] {0}, new long[] {0, 4}, new long[] {3, 0}, new long[] {3, 0, 2})
        .map(shape -> Arguments.of((Object) shape));
  }

  @Test
  void aVectorOutlivesNothingThatIsNotItsOwn(BufferAllocator allocator) {
    MemorySegment managed = tensor(DataType.FLOAT32, 4);
    try (BufferAllocator small = allocator.newChildAllocator("small", 0, 8)) {
      assertThatExceptionOfType(OutOfMemoryException.class)
          .isThrownBy(() -> ArrowImporter.versioned(small).importVector("x", managed));
      assertThat(small.getAllocatedMemory()).isZero();
    }
    assertThat(isDeleted()).as("the tensor is still the caller's").isFalse();
    TensorImporter.versioned().discard(managed);
  }

  @Test
  void whatMustNotBeWrittenIsRefused(BufferAllocator allocator) {
    MemorySegment managed = tensor(TensorView.of(memory.asReadOnly(), DataType.INT8, 4));
    assertRefused(managed, allocator, "flags");
    TensorImporter.versioned().discard(managed);
  }

  @Test
  void whatHasGapsIsRefused(BufferAllocator allocator) {
    MemorySegment managed =
        tensor(
            TensorView.of(
                memory, DataType.INT8, TensorLayout.strided(new long[] {4}, new long[] {2})));
    assertRefused(managed, allocator, "strides");
    TensorImporter.versioned().discard(managed);
  }

  private static void assertRefused(
      MemorySegment managed, BufferAllocator allocator, String reason) {
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> ArrowImporter.versioned(allocator).importVector("x", managed))
        .withMessageContaining(reason);
  }

  @Test
  void numbersThatArrowLacksAreRefused(BufferAllocator allocator) {
    MemorySegment managed = tensor(DataType.COMPLEX64, 4);
    assertThatExceptionOfType(RefusedVectorException.class)
        .isThrownBy(() -> ArrowImporter.versioned(allocator).importVector("c", managed))
        .withMessageContaining(
            "column c of complex64: expected numbers that Arrow has but found complex64; have it");
    TensorImporter.versioned().discard(managed);
  }

  @Test
  void aFieldOfAnotherTypeOrShapeIsRefused(BufferAllocator allocator) {
    MemorySegment managed = tensor(DataType.INT32, 4, 2);
    ArrowType number = new ArrowType.Int(32, true);
    Field flat = new Field("f", FieldType.nullable(number), null);
    Field elements = new Field("$data$", FieldType.nullable(number), null);
    Field triples = listsOf(3, elements);
    Field longs =
        listsOf(2, new Field("$data$", FieldType.nullable(new ArrowType.Int(64, true)), null));
    for (Field wrong : List.of(flat, triples, longs, listsOf(2, listsOf(1, elements)))) {
      assertThatThrownBy(() -> ArrowImporter.versioned(allocator).importVector(wrong, managed))
          .isInstanceOf(RefusedVectorException.class)
          .hasMessageContaining("but found int32[4, 2]");
    }
    ArrowImporter.versioned(allocator).importVector(listsOf(2, elements), managed).close();
  }

  private static Field listsOf(int size, Field elements) {
    return new Field("l", FieldType.nullable(new ArrowType.FixedSizeList(size)), List.of(elements));
  }

  @Test
  void legacyTensorsAreTakenToBeWritable(BufferAllocator allocator) {
    exported = true;
    MemorySegment managed =
        TensorExporter.exportLegacy(TensorView.of(memory, DataType.INT8, 4), owner).transferOut();
    try (FieldVector vector = ArrowImporter.legacy(allocator).importVector("x", managed)) {
      assertThat(vector.getDataBufferAddress()).isEqualTo(memory.address());
    }
  }
}
