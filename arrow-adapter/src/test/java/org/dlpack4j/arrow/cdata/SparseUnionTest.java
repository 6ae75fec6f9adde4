package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.types.Types;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.TransferPair;
import org.dlpack4j.copying.Copies;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sparse unions, whose vectors in Arrow Java have type ids of their own. */
@SuppressWarnings("EnumOrdinal") // Those are its ids.
class SparseUnionTest {

  private static final int LENGTH = 30;

  /** What Arrow Java's vectors take for ids. */
  private static final int NUMBER = Types.MinorType.INT.ordinal();

  private static final int TEXT = Types.MinorType.VARCHAR.ordinal();

  private final TestAllocator allocator = new TestAllocator();

  @AfterEach
  void nothingIsLeft() {
    allocator.closeWhenReleased();
  }

  /** As a batch from elsewhere has it: the schema knows the ids, the vector forgets them. */
  @Test
  void typeIdsOfElsewhereBecomeThoseOfTheVectorInACopyThatIsCounted() {
    Field number = RandomFields.field("number", new ArrowType.Int(32, true));
    Field text = RandomFields.field("text", new ArrowType.Utf8());
    Field field =
        RandomFields.field(
            "union", new ArrowType.Union(UnionMode.Sparse, new int[] {5, 0}), number, text);
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), field, LENGTH, 0.2, new Random(1));
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(field), List.of(vector), LENGTH);
        ExportedArray exported = CDataExporter.exportRoot(root)) {
      long before = Copies.statistics().bytes();
      try (ImportedRoot imported = allocator.rootOf(exported)) {
        assertThat(imported.copiedBytes()).isEqualTo(LENGTH);
        assertThat(Copies.statistics().bytes()).isEqualTo(before + LENGTH);
        FieldVector found = imported.root().getVector(0);
        assertThat(found.getField()).isEqualTo(imported.root().getSchema().findField("union"));
        for (int i = 0; i < LENGTH; i++) {
          assertThat(found.getObject(i)).as("value %d", i).isEqualTo(vector.getObject(i));
        }
      }
    }
  }

  private static Field union(int... ids) {
    Field number = RandomFields.field("number", new ArrowType.Int(32, true));
    Field text = RandomFields.field("text", new ArrowType.Utf8());
    Field struct = RandomFields.field("struct", new ArrowType.Struct(), number);
    Field[] children = {number, text, struct};
    return RandomFields.field(
        "union", new ArrowType.Union(UnionMode.Sparse, ids), Arrays.copyOf(children, ids.length));
  }

  static Stream<Field> fieldsWithIdsOfElsewhere() {
    Field list = RandomFields.field("list", new ArrowType.List(), union(5, 0));
    return Stream.of(
        union(5, 0),
        union(0, 1),
        // Ids that are numbers of Arrow Java's types, but of another child's.
        union(0, NUMBER, TEXT),
        union(7, 8, 1),
        list,
        RandomFields.field("struct", new ArrowType.Struct(), list));
  }

  /** As IPC makes it, where nothing but the vector knows the ids, and it does not tell. */
  @ParameterizedTest
  @MethodSource("fieldsWithIdsOfElsewhere")
  void aVectorThatWasMadeWithIdsOfElsewhereIsExportedWithThem(Field field) {
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), field, LENGTH, 0.2, new Random(1));
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(vector));
        ExportedArray exported = CDataExporter.exportVector(vector);
        ExportedArray batch = CDataExporter.exportRoot(root);
        ImportedVector imported = allocator.vectorOf(exported);
        ImportedRoot importedRoot = allocator.rootOf(batch)) {
      List<Object> expected = objects(vector);
      assertThat(objects(imported.vector())).isEqualTo(expected);
      assertThat(objects(importedRoot.root().getVector(0))).isEqualTo(expected);
      assertThat(vector.getChildrenFromFields()).hasSize(field.getChildren().size());
    }
  }

  /** Ids that are numbers of Arrow Java's types, but of another child's, as 0 is an id tells. */
  @Test
  void aVectorThatHasAnIdOfZeroIsAskedForAllIds() {
    try (UnionVector vector =
        (UnionVector)
            RandomVectors.make(allocator.get(), union(TEXT, 0), LENGTH, 0.2, new Random(1))) {
      for (int i = 0; i < LENGTH; i++) {
        vector.getTypeBuffer().setByte(i, TEXT);
      }
      try (ExportedArray exported = CDataExporter.exportVector(vector);
          ImportedVector imported = allocator.vectorOf(exported)) {
        assertThat(objects(imported.vector())).isEqualTo(objects(vector));
      }
    }
  }

  /** What a vector does not tell, the schema of its batch may know. */
  @Test
  void aBatchIsExportedWithItsSchemasIdsWhateverItsVectorsAre() {
    Field field = union(TEXT, NUMBER);
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), field, LENGTH, 0.2, new Random(1));
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(field), List.of(vector), LENGTH);
        ExportedArray batch = CDataExporter.exportRoot(root);
        ImportedRoot imported = allocator.rootOf(batch)) {
      assertThat(objects(imported.root().getVector(0))).isEqualTo(objects(vector));
    }
  }

  @Test
  void aVectorWithoutValuesIsExportedWithIdsOfSomeKind() {
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), union(7, 0), 0, 0.2, new Random(1));
        ExportedArray exported = CDataExporter.exportVector(vector);
        ImportedVector imported = allocator.vectorOf(exported)) {
      assertThat(imported.vector().getChildrenFromFields()).hasSize(2);
    }
  }

  private static List<Object> objects(FieldVector vector) {
    return IntStream.range(0, vector.getValueCount())
        .<Object>mapToObj(i -> String.valueOf(vector.getObject(i)))
        .toList();
  }

  /** Transferring forgets the ids; ours are the numbers of types, which can do without. */
  @Test
  void whatIsTransferredFromAnImportIsExportedAgain() {
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), union(7, 0), LENGTH, 0.2, new Random(1));
        ExportedArray exported = CDataExporter.exportVector(vector);
        ImportedVector imported = allocator.vectorOf(exported)) {
      List<Object> expected = objects(vector);
      TransferPair pair = imported.vector().getTransferPair(allocator.get());
      pair.transfer();
      try (FieldVector moved = (FieldVector) pair.getTo();
          ExportedArray again = CDataExporter.exportVector(moved);
          ImportedVector found = allocator.vectorOf(again)) {
        assertThat(moved.getChildrenFromFields()).hasSize(2);
        assertThat(objects(found.vector())).isEqualTo(expected);
      }
    }
  }

  @Test
  void idsThatAreNoChildsAreNamed() {
    try (UnionVector vector =
        (UnionVector)
            RandomVectors.make(allocator.get(), union(5, 0), LENGTH, 0.2, new Random(1))) {
      vector.getTypeBuffer().setByte(3, 99);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CDataExporter.exportVector(vector))
          .withMessage(
              "vector 'union': expected type ids to be ids of its children but found values of"
                  + " 99; write it with one kind of ids");
    }
  }

  @Test
  void twoIdsOfOneChildAreNamed() {
    try (UnionVector vector =
        (UnionVector)
            RandomVectors.make(allocator.get(), union(5, 0), LENGTH, 0.2, new Random(1))) {
      vector.setType(3, Types.MinorType.INT);
      vector.getTypeBuffer().setByte(4, 5);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CDataExporter.exportVector(vector))
          .withMessageContaining("one id for each child but found");
    }
  }
}
