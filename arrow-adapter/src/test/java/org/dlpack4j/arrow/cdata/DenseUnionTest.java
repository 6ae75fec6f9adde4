package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Dense unions whose type ids are in another order than that in which Arrow Java's vectors have
 * their children. Those are of one type, so that nothing but their values tells them apart.
 */
class DenseUnionTest {

  private static final int LENGTH = 40;

  private final TestAllocator allocator = new TestAllocator();

  @AfterEach
  void nothingIsLeft() {
    allocator.closeWhenReleased();
  }

  private static Field numbers(String name) {
    return RandomFields.field(name, new ArrowType.Int(32, true));
  }

  private static Field union(String name, int first, int second, Field... children) {
    int[] ids = {first, second};
    return RandomFields.field(name, new ArrowType.Union(UnionMode.Dense, ids), children);
  }

  static Stream<Field> fields() {
    Field descending = union("descending", 5, 3, numbers("a"), numbers("b"));
    Field other = union("other", 9, 2, numbers("a"), numbers("b"));
    return Stream.of(
        descending,
        RandomFields.field("struct", new ArrowType.Struct(), descending),
        RandomFields.field("list", new ArrowType.List(), descending),
        union("ascending", 4, 7, descending, other),
        union("twice", 7, 4, descending, other),
        union("deep", 7, 4, union("inner", 8, 1, descending, numbers("b")), other));
  }

  private FieldVector vector(Field field) {
    return RandomVectors.make(allocator.get(), field, LENGTH, 0.2, new Random(3));
  }

  private static List<Object> objects(FieldVector vector) {
    return IntStream.range(0, vector.getValueCount())
        .<Object>mapToObj(i -> String.valueOf(vector.getObject(i)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("fields")
  void aVectorHasTheSameValuesAfterwards(Field field) {
    try (FieldVector vector = vector(field);
        ExportedArray exported = CDataExporter.exportVector(vector);
        ImportedVector imported = allocator.vectorOf(exported)) {
      assertThat(objects(imported.vector())).isEqualTo(objects(vector));
    }
  }

  @ParameterizedTest
  @MethodSource("fields")
  void aBatchHasItsSchemasOrder(Field field) {
    try (FieldVector vector = vector(field);
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(field), List.of(vector), LENGTH);
        ExportedArray exported = CDataExporter.exportRoot(root);
        ImportedRoot imported = allocator.rootOf(exported)) {
      assertThat(objects(imported.root().getVector(0))).isEqualTo(objects(vector));
      assertThat(imported.root().getSchema()).isEqualTo(root.getSchema());
    }
  }

  @ParameterizedTest
  @MethodSource("fields")
  void aStreamsBatchHasItsSchemasOrder(Field field) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      FieldVector vector = vector(field);
      List<Object> expected = objects(vector);
      long struct = arena.allocate(CDataAbi.Stream.BYTES, Long.BYTES).address();
      CDataExporter.exportStreamInto(
          new OneBatchReader(allocator.get(), field, vector, new MapDictionaryProvider()), struct);
      try (ArrowReader found = CDataImporter.importStream(allocator.get(), struct)) {
        assertThat(found.loadNextBatch()).isTrue();
        assertThat(objects(found.getVectorSchemaRoot().getVector(0))).isEqualTo(expected);
      }
    }
  }
}
