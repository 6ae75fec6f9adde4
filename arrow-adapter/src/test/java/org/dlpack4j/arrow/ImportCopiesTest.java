package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.arrow.extension.FixedShapeTensorVector;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.copying.CopyStatistics;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Table;
import org.dlpack4j.table.Validity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tensors on which no vector can lie, copied by request. */
@ExtendWith(ArrowMemory.class)
class ImportCopiesTest {

  private static final int NUMBERS = 240;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(NUMBERS * Long.BYTES, 64);
  private final Owner owner = Owner.closing(arena);

  @BeforeEach
  void count() {
    for (int i = 0; i < NUMBERS; i++) {
      memory.setAtIndex(ValueLayout.JAVA_INT, i, i);
    }
  }

  @AfterEach
  void everyTensorIsDeletedInTheEnd() throws InterruptedException {
    assertThat(Exports.awaitReleased(owner, ArrowMemory.PATIENCE)).isTrue();
    assertThat(arena.scope().isAlive()).isFalse();
  }

  private MemorySegment tensor(TensorView view) {
    return TensorExporter.export(view, owner).transferOut();
  }

  private TensorView ints(TensorLayout layout) {
    return TensorView.of(memory, DataType.INT32, layout);
  }

  private void assertDeletedAlready() throws InterruptedException {
    assertThat(Exports.awaitReleased(owner, ArrowMemory.PATIENCE)).isTrue();
  }

  @Test
  void whatHasGapsIsCopiedAndDeletedAtOnce(BufferAllocator allocator) throws InterruptedException {
    ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
    TensorLayout everyThird = TensorLayout.strided(new long[] {5}, new long[] {3});
    CopyStatistics before = Copies.statistics();
    try (FieldVector vector = importer.importVector("x", tensor(ints(everyThird)))) {
      assertDeletedAlready();
      assertThat(((IntVector) vector).getValueIterable()).containsExactly(0, 3, 6, 9, 12);
      assertThat(importer.copiedBytes()).isEqualTo(20);
      assertThat(Copies.statistics().bytes()).isGreaterThanOrEqualTo(before.bytes() + 20);
      assertThat(Copies.statistics().copies()).isGreaterThan(before.copies());
      ((IntVector) vector).set(0, -1);
      ((IntVector) vector).setNull(4);
      assertThat(vector.getNullCount()).isEqualTo(1);
    }
  }

  @Test
  void whatMustNotBeWrittenIsCopied(BufferAllocator allocator) {
    ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
    TensorView view = TensorView.of(memory.asReadOnly(), DataType.INT32, 7);
    try (FieldVector vector = importer.importVector("x", tensor(view))) {
      assertThat(vector.getDataBufferAddress()).isNotEqualTo(memory.address());
      assertThat(((IntVector) vector).get(6)).isEqualTo(6);
      assertThat(importer.copiedBytes()).isEqualTo(28);
    }
  }

  @Test
  void legacyTensorsAreCopiedUnlessTheyAreSaidToBeWritable(BufferAllocator allocator) {
    ArrowImporter trusting = ArrowImporter.legacy(allocator).copyingIfNeeded();
    ArrowImporter doubting = trusting.with(ImportPolicy.DEFAULT);
    MemorySegment managed =
        TensorExporter.exportLegacy(TensorView.of(memory, DataType.INT32, 3), owner).transferOut();
    try (FieldVector vector = doubting.importVector("x", managed)) {
      assertThat(((IntVector) vector).getValueIterable()).containsExactly(0, 1, 2);
      assertThat(doubting.copiedBytes()).isEqualTo(12);
      assertThat(trusting.copiedBytes()).as("counted together").isEqualTo(12);
    }
  }

  @Test
  void whatIsNotAlignedIsCopied(BufferAllocator allocator) {
    ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
    memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 4, 2.5);
    MemorySegment managed = tensor(TensorView.of(memory, DataType.FLOAT64, 1));
    long dataField = managed.address() + Flavour.VERSIONED.tensor() + DlpackAbi.DATA;
    Memory.ALL.set(ValueLayout.JAVA_LONG, dataField, memory.address() + 4);
    try (FieldVector vector = importer.importVector("x", managed)) {
      assertThat(((Float8Vector) vector).get(0)).isEqualTo(2.5);
      assertThat(vector.getDataBufferAddress() % 8).isZero();
      assertThat(importer.copiedBytes()).isEqualTo(8);
    }
  }

  @Test
  void whatCanBeTakenAsItLiesIsNotCopied(BufferAllocator allocator) {
    ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
    TensorView view = ints(TensorLayout.contiguous(4, 3));
    try (FieldVector vector = importer.importVector("x", tensor(view))) {
      assertThat(((FixedSizeListVector) vector).getDataVector().getDataBufferAddress())
          .isEqualTo(memory.address());
      assertThat(importer.copiedBytes()).isZero();
    }
    assertThat(ArrowImporter.versioned(allocator).copiedBytes()).isZero();
  }

  @Test
  void nothingIsLeftWhereThereIsNoRoomForTheCopy(BufferAllocator allocator) {
    MemorySegment managed = tensor(ints(TensorLayout.strided(new long[] {80}, new long[] {2})));
    try (BufferAllocator small = allocator.newChildAllocator("small", 0, 64)) {
      assertThatExceptionOfType(OutOfMemoryException.class)
          .isThrownBy(
              () -> ArrowImporter.versioned(small).copyingIfNeeded().importVector("x", managed));
      assertThat(small.getAllocatedMemory()).isZero();
    }
    assertThat(arena.scope().isAlive()).as("the tensor is still the caller's").isTrue();
    TensorImporter.versioned().discard(managed);
  }

  @Test
  void rowsThatAreTensorsWithGapsAreCopiedInTheOrderOfMemory(BufferAllocator allocator) {
    TensorLayout layout = TensorLayout.contiguous(3, 4, 5).slice(2, 0, 3, 1).permute(0, 2, 1);
    ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
    try (FixedShapeTensorVector vector = importer.importTensorVector("t", tensor(ints(layout)))) {
      assertThat(vector.type().shape()).containsExactly(4, 3);
      assertThat(vector.type().permutation()).containsExactly(1, 0);
      assertThat(vector.getObject(1)).hasToString("[20,21,22,25,26,27,30,31,32,35,36,37]");
    }
  }

  @RepeatedTest(50)
  void anyLayoutIsCopiedElementByElement(RepetitionInfo repetition, BufferAllocator allocator) {
    SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
    TensorLayout layout = TensorLayout.contiguous(4, 5, 3, 4);
    for (int i = 0; i < 3; i++) {
      int axis = random.nextInt(layout.ndim());
      long size = layout.shape(axis);
      layout =
          switch (random.nextInt(4)) {
            case 0 -> layout.slice(axis, size - 1, -1, -1);
            case 1 -> layout.slice(axis, 0, size, 2);
            case 2 -> layout.transpose();
            default -> layout.slice(axis, size / 2, size, 1);
          };
    }
    int[] expected = TensorElements.of(memory, DataType.INT32, layout).toIntArray();
    ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
    try (FieldVector vector = importer.importVector("x", tensor(ints(layout)))) {
      FieldVector numbers = vector;
      while (numbers instanceof FixedSizeListVector lists) {
        numbers = lists.getDataVector();
      }
      int[] found = new int[numbers.getValueCount()];
      for (int i = 0; i < found.length; i++) {
        found[i] = ((IntVector) numbers).get(i);
      }
      assertThat(found).isEqualTo(expected);
      assertThat(importer.copiedBytes()).isIn(0L, 4L * found.length);
    }
  }

  @Test
  void ofATableOnlyWhatMustBeIsCopied(BufferAllocator allocator) {
    MemorySegment longs = memory.asSlice(0, 800);
    MemorySegment bits = memory.asSlice(1600, 8);
    bits.set(ValueLayout.JAVA_LONG, 0, 0b1_0110_1000_111L << 5);
    Validity validity = new Validity(TensorView.of(bits, DataType.UINT8, 8), 5);
    TensorLayout backwards = TensorLayout.contiguous(10).slice(0, 9, -1, -1);
    MemorySegment ints = memory.asSlice(800, 400);
    Column inPlace = Column.of("in place", TensorView.of(longs, DataType.INT64, 10));
    Column reversed = Column.of("reversed", TensorView.of(ints, DataType.INT32, backwards));
    Table table = new Table(10, List.of(inPlace.withValidity(validity), reversed));
    List<ManagedColumn> managed = TableExporter.export(table, owner).transferOut();
    Schema schema = new Schema(List.of(field("in place", 64), field("reversed", 32)));

    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> ArrowImporter.versioned(allocator).importRoot(schema, managed));
    ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
    try (VectorSchemaRoot root = importer.importRoot(schema, managed)) {
      BigIntVector first = (BigIntVector) root.getVector("in place");
      assertThat(first.getDataBufferAddress()).isEqualTo(longs.address());
      assertThat(first.getNullCount()).isEqualTo(4);
      assertThat(first.isNull(0)).isFalse();
      assertThat(first.isNull(3)).isTrue();
      assertThat(first.isNull(6)).isFalse();
      IntVector second = (IntVector) root.getVector("reversed");
      assertThat(second.get(0)).isEqualTo(209);
      assertThat(second.get(9)).isEqualTo(200);
      assertThat(second.getNullCount()).isZero();
      assertThat(importer.copiedBytes()).isEqualTo(2 + 40);
    }
  }

  private static Field field(String name, int bits) {
    return new Field(name, FieldType.nullable(new ArrowType.Int(bits, true)), null);
  }

  @Test
  void aCopiedColumnHoldsNothingOfTheTable(BufferAllocator allocator) throws InterruptedException {
    TensorLayout everySecond = TensorLayout.strided(new long[] {6}, new long[] {2});
    Column inPlace = Column.of("in place", TensorView.of(memory.asSlice(800), DataType.INT32, 6));
    Column gaps = Column.of("gaps", ints(everySecond));
    TensorView elements =
        TensorView.of(
            memory.asSlice(400), DataType.INT32, TensorLayout.contiguous(12).slice(0, 11, -1, -1));
    Column lists = Column.ofFixedLists("lists", 2, 6, Column.of("$data$", elements));
    List<ManagedColumn> managed =
        TableExporter.export(new Table(6, List.of(lists, inPlace, gaps)), owner).transferOut();
    FieldType pairs = FieldType.nullable(new ArrowType.FixedSizeList(2));
    Schema schema =
        new Schema(
            List.of(
                new Field("lists", pairs, List.of(field("$data$", 32))),
                field("in place", 32),
                field("gaps", 32)));
    VectorSchemaRoot root =
        ArrowImporter.versioned(allocator).copyingIfNeeded().importRoot(schema, managed);
    assertThat(arena.scope().isAlive()).isTrue();
    root.getVector("in place").close();
    assertThat(Exports.awaitReleased(owner, ArrowMemory.PATIENCE)).isTrue();
    assertThat(((IntVector) root.getVector("gaps")).getValueIterable())
        .containsExactly(0, 2, 4, 6, 8, 10);
    assertThat(root.getVector("lists").getObject(5)).hasToString("[101,100]");
    root.close();
  }

  @Test
  void withoutTheRequestABitmapWithinAByteIsRefused(BufferAllocator allocator) {
    Validity validity = new Validity(TensorView.of(memory, DataType.UINT8, 2), 3);
    Column column =
        Column.of("x", TensorView.of(memory.asSlice(800), DataType.INT32, 9))
            .withValidity(validity);
    List<ManagedColumn> managed =
        TableExporter.export(new Table(9, List.of(column)), owner).transferOut();
    Schema schema = new Schema(List.of(field("x", 32)));
    assertThatExceptionOfType(RefusedVectorException.class)
        .isThrownBy(() -> ArrowImporter.versioned(allocator).importRoot(schema, managed))
        .withMessageContaining("but found 3 to skip; import it by copyingIfNeeded");
    ArrowImporter.versioned(allocator).copyingIfNeeded().importRoot(schema, managed).close();
  }
}
