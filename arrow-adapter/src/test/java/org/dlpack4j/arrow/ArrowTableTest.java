package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
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
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;
import org.dlpack4j.DataType;
import org.dlpack4j.arrow.cdata.RandomVectors;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTableException;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Table;
import org.jspecify.annotations.Nullable;
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
    RandomRoots roots = new RandomRoots(random, allocator);
    int rows = random.nextInt(4) == 0 ? random.nextInt(10_000) : random.nextInt(40);
    try (VectorSchemaRoot root = roots.root(1 + random.nextInt(6), rows);
        MapDictionaryProvider before = roots.dictionaries;
        MapDictionaryProvider after = new MapDictionaryProvider()) {
      List<ManagedColumn> managed = EXPORTER.withDictionaries(before).export(root).transferOut();
      ArrowImporter importer = ArrowImporter.versioned(allocator).withDictionaries(after);
      try (VectorSchemaRoot back =
          importer.checkingAllOffsets().importRoot(inMessages(root.getSchema(), before), managed)) {
        assertThat(back.getRowCount()).isEqualTo(rows);
        assertThat(back.getSchema()).isEqualTo(root.getSchema());
        for (int i = 0; i < root.getFieldVectors().size(); i++) {
          assertSame(root.getVector(i), back.getVector(i));
        }
        for (long id : after.getDictionaryIds()) {
          assertSame(before.lookup(id).getVector(), after.lookup(id).getVector());
        }
      }
    }
  }

  private static Schema inMessages(Schema schema, DictionaryProvider dictionaries) {
    return new Schema(
        schema.getFields().stream()
            .map(field -> DictionaryUtility.toMessageFormat(field, dictionaries, new HashSet<>()))
            .toList());
  }

  private static void assertSame(FieldVector before, FieldVector after) {
    String what = before.getField() + " of " + before.getValueCount() + " rows";
    // Dictionaries have names of their own.
    assertThat(VectorEqualsVisitor.vectorEquals(before, after, (_, _) -> true)).as(what).isTrue();
    assertThat(addresses(after)).as(what).isEqualTo(addresses(before));
  }

  /** Of all data, offsets included, of which there are bytes. */
  private static List<Long> addresses(FieldVector vector) {
    List<Long> found = new ArrayList<>();
    List<ArrowBuf> buffers = vector.getFieldBuffers();
    boolean hasBitmap =
        !(vector instanceof UnionVector
            || vector instanceof DenseUnionVector
            || vector instanceof RunEndEncodedVector);
    if (vector.getValueCount() > 0) {
      // The last is text, or the offsets of lists; there may be no bytes of text.
      for (ArrowBuf buffer : buffers.subList(hasBitmap ? 1 : 0, buffers.size())) {
        found.add(buffer.writerIndex() == 0 ? 0 : buffer.memoryAddress());
      }
    }
    children(vector).forEach(child -> found.addAll(addresses(child)));
    return found;
  }

  /** In the order of the field, which in dense unions is that of type ids. */
  private static List<FieldVector> children(FieldVector vector) {
    if (!(vector instanceof DenseUnionVector union)) {
      return vector.getChildrenFromFields();
    }
    int[] ids = ((ArrowType.Union) union.getField().getType()).getTypeIds();
    return Arrays.stream(ids)
        .mapToObj(id -> (FieldVector) union.getVectorByType((byte) id))
        .toList();
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
  void bitsAreAColumnOfTheirOwnBytes(BufferAllocator allocator) {
    List<ManagedColumn> managed;
    try (BitVector vector = new BitVector("flags", allocator)) {
      vector.allocateNew(11);
      vector.set(9, 1);
      vector.setNull(10);
      vector.setValueCount(11);
      managed = EXPORTER.exportColumn(vector).transferOut();
    }
    org.dlpack4j.table.Field bits =
        org.dlpack4j.table.Field.of("flags", new LogicalType.Bits(), DataType.UINT8).orNull();
    try (ImportedTable table =
        TableImporter.versioned().adopt(org.dlpack4j.table.Schema.of(bits), managed)) {
      assertThat(table.rows()).isEqualTo(11);
      assertThat(table.column("flags").isSet(9)).isTrue();
      assertThat(table.column("flags").isNull(10)).isTrue();
    }
  }

  private static VarCharVector names(BufferAllocator allocator, String... values) {
    VarCharVector names = new VarCharVector("DICT7", allocator);
    names.allocateNew(values.length);
    for (int i = 0; i < values.length; i++) {
      names.setSafe(i, values[i].getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    names.setValueCount(values.length);
    return names;
  }

  private static final DictionaryEncoding ENCODING =
      new DictionaryEncoding(7, true, new ArrowType.Int(32, true));

  private static IntVector indices(BufferAllocator allocator, String name, int... values) {
    FieldType type = new FieldType(true, ENCODING.getIndexType(), ENCODING);
    IntVector indices = new IntVector(name, type, allocator);
    indices.allocateNew(values.length);
    for (int i = 0; i < values.length; i++) {
      indices.set(i, values[i]);
    }
    indices.setValueCount(values.length);
    return indices;
  }

  @Test
  void indicesAreNumbersUnlessTheProviderOfTheirDictionaryIsGiven(BufferAllocator allocator) {
    try (VarCharVector names = names(allocator, "a", "b");
        IntVector indices = indices(allocator, "i", 1, 0, 1)) {
      MapDictionaryProvider provider = new MapDictionaryProvider(new Dictionary(names, ENCODING));
      try (var numbers = EXPORTER.exportColumn(indices);
          var exported = EXPORTER.withDictionaries(provider).exportColumn(indices)) {
        assertThat(numbers.table().column("i").type()).isEqualTo(new LogicalType.Numeric());
        Column column = exported.table().column("i");
        assertThat(column.type()).isEqualTo(new LogicalType.Dictionary(true));
        assertThat(column.children().getFirst().type()).isEqualTo(new LogicalType.Text());
      }
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(
              () -> EXPORTER.withDictionaries(new MapDictionaryProvider()).exportColumn(indices))
          .withMessageContaining("expected a dictionary of id 7 from the provider but found none");
    }
  }

  @Test
  void columnsOfOneDictionaryAreSoAgain(BufferAllocator allocator) {
    try (VarCharVector names = names(allocator, "a", "b");
        IntVector one = indices(allocator, "one", 1, 0);
        IntVector other = indices(allocator, "other", 0, 0);
        MapDictionaryProvider found = new MapDictionaryProvider()) {
      MapDictionaryProvider provider = new MapDictionaryProvider(new Dictionary(names, ENCODING));
      VectorSchemaRoot root = VectorSchemaRoot.of(one, other);
      List<ManagedColumn> managed = EXPORTER.withDictionaries(provider).export(root).transferOut();
      ArrowImporter importer = ArrowImporter.versioned(allocator).withDictionaries(found);
      Schema schema = inMessages(root.getSchema(), provider);
      try (VectorSchemaRoot back = importer.importRoot(schema, managed)) {
        assertThat(found.getDictionaryIds()).containsExactly(7L);
        assertThat(back.getVector("one").getField().getDictionary()).isEqualTo(ENCODING);
        try (FieldVector decoded =
            (FieldVector) DictionaryEncoder.decode(back.getVector("one"), found.lookup(7))) {
          assertThat(decoded.getObject(0)).hasToString("b");
        }
      }
    }
  }

  @Test
  void aDictionaryThatIsThereAlreadyOrIsAnotherIsRefusedAndNothingIsRetained(
      BufferAllocator allocator) {
    try (VarCharVector names = names(allocator, "a", "b");
        VarCharVector others = names(allocator, "a", "c");
        IntVector one = indices(allocator, "one", 1, 0);
        IntVector two = indices(allocator, "two", 0, 0);
        MapDictionaryProvider found = new MapDictionaryProvider()) {
      MapDictionaryProvider provider = new MapDictionaryProvider(new Dictionary(names, ENCODING));
      MapDictionaryProvider another = new MapDictionaryProvider(new Dictionary(others, ENCODING));
      List<ManagedColumn> managed = new ArrayList<>();
      managed.addAll(EXPORTER.withDictionaries(provider).exportColumn(one).transferOut());
      managed.addAll(EXPORTER.withDictionaries(another).exportColumn(two).transferOut());
      Schema schema = inMessages(VectorSchemaRoot.of(one, two).getSchema(), provider);
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(
              () ->
                  ArrowImporter.versioned(allocator)
                      .withDictionaries(found)
                      .importRoot(schema, managed))
          .withMessageContaining("column two")
          .withMessageContaining("that another column has but found other values");
      assertThat(found.getDictionaryIds()).isEmpty();
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(
              () ->
                  ArrowImporter.versioned(allocator)
                      .withDictionaries(provider)
                      .importRoot(schema, managed))
          .withMessageContaining("expected a provider without a dictionary of id 7");
      for (ManagedColumn column : managed) {
        TensorImporter.versioned().discard(column.data());
        TensorImporter.versioned().discard(column.children().getFirst().data());
        TensorImporter.versioned().discard(column.children().getFirst().offsets());
      }
    }
  }

  private static Field sparseUnion(int @Nullable [] ids) {
    Field number = new Field("n", FieldType.nullable(new ArrowType.Int(32, true)), null);
    Field text = new Field("t", FieldType.nullable(new ArrowType.Utf8()), null);
    ArrowType type = new ArrowType.Union(UnionMode.Sparse, ids);
    return new Field("u", FieldType.nullable(type), List.of(number, text));
  }

  @Test
  void aSparseUnionKeepsTheTypeIdsThatItWasMadeWith(BufferAllocator allocator) {
    Field field = sparseUnion(new int[] {9, 0});
    try (UnionVector vector = (UnionVector) field.createVector(allocator);
        ArrowBuf ids = allocator.buffer(3)) {
      ids.setBytes(0, new byte[] {9, 0, 9});
      for (FieldVector member : vector.getChildrenFromFields()) {
        member.setInitialCapacity(3);
        member.allocateNew();
        member.setValueCount(3);
      }
      vector.loadFieldBuffers(new ArrowFieldNode(3, 0), List.of(ids));
      try (var exported = EXPORTER.exportColumn(vector)) {
        assertThat(exported.table().column("u").type())
            .isEqualTo(new LogicalType.Union(LogicalType.Union.Mode.SPARSE, List.of(9, 0)));
      }
      List<ManagedColumn> managed = EXPORTER.exportColumn(vector).transferOut();
      try (VectorSchemaRoot back =
          ArrowImporter.versioned(allocator)
              .checkingAllOffsets()
              .importRoot(new Schema(List.of(field)), managed)) {
        assertSame(vector, back.getVector(0));
      }
    }
  }

  @Test
  void aUnionMustSayItsTypeIds(BufferAllocator allocator) {
    Schema schema = new Schema(List.of(sparseUnion(null)));
    assertThatExceptionOfType(RefusedVectorException.class)
        .isThrownBy(() -> ArrowImporter.versioned(allocator).importRoot(schema, List.of()))
        .withMessageContaining("expected a type id for each child but found none");
  }

  @Test
  void aDenseUnionMayHaveItsTypeIdsInAnyOrder(BufferAllocator allocator) {
    Field number = new Field("n", FieldType.nullable(new ArrowType.Int(32, true)), null);
    Field text = new Field("t", FieldType.nullable(new ArrowType.Utf8()), null);
    ArrowType type = new ArrowType.Union(UnionMode.Dense, new int[] {5, 3});
    Field field = new Field("u", FieldType.nullable(type), List.of(number, text));
    try (FieldVector vector =
        RandomVectors.make(allocator, field, 30, 0.4, new SplittableRandom(1))) {
      ManagedColumn column = EXPORTER.exportColumn(vector).transferOut().getFirst();
      // Arrow Java has them in order.
      ManagedColumn turned =
          ManagedColumn.ofUnion(
              column.data(),
              column.offsets(),
              column.children().reversed().toArray(ManagedColumn[]::new));
      try (VectorSchemaRoot back =
          ArrowImporter.versioned(allocator)
              .importRoot(new Schema(List.of(field)), List.of(turned))) {
        assertSame(vector, back.getVector(0));
      }
    }
  }

  @Test
  void bitsThatDoNotBeginWithAByteAreNoVector(BufferAllocator allocator) {
    try (BitVector vector = new BitVector("flags", allocator)) {
      vector.allocateNew(11);
      vector.setValueCount(11);
      Column column;
      try (var exported = EXPORTER.exportColumn(vector)) {
        column = exported.table().column("flags").slice(3, 5);
      }
      List<ManagedColumn> managed =
          TableExporter.export(
                  Table.of(column), BufferOwner.retaining("flags", List.of(vector.getDataBuffer())))
              .transferOut();
      Schema schema = new Schema(List.of(vector.getField()));
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> ArrowImporter.versioned(allocator).importRoot(schema, managed))
          .withMessageContaining("expected rows from the first on")
          .withMessageContaining("but found 3 to skip");
      TensorImporter.versioned().discard(managed.getFirst().data());
      TensorImporter.versioned().discard(managed.getFirst().validity());
    }
  }

  /** As Arrow's files have them, which align buffers to 8 bytes. */
  @Test
  void decimalsThatAreNotAlignedAreRefusedByTheNameOfTheirColumn(BufferAllocator allocator) {
    Field field = new Field("price", FieldType.nullable(new ArrowType.Decimal(20, 3, 128)), null);
    try (FieldVector vector = field.createVector(allocator);
        ArrowBuf memory = allocator.buffer(64)) {
      ArrowFieldNode two = new ArrowFieldNode(2, 0);
      vector.loadFieldBuffers(two, List.of(allocator.getEmpty(), memory.slice(8, 32)));
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> EXPORTER.exportColumn(vector))
          .withMessageContaining("column price")
          .withMessageContaining("aligned to 16 bytes for int128, as consumers rely on, but found")
          .withMessageContaining("copy the vector");
      EXPORTER.withDecimalsAsBytes().export(vector).close();
    }
  }

  @Test
  void aTypeOfWhichOnlyChildrenHaveNullsHasNoValidity(BufferAllocator allocator) {
    try (UnionVector union = UnionVector.empty("u", allocator)) {
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> EXPORTER.exportValidity(union))
          .withMessageContaining("of which only children have nulls; export theirs");
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
