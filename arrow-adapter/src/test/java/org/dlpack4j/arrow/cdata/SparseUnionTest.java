package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.copying.Copies;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sparse unions, whose vectors in Arrow Java have type ids of their own. */
class SparseUnionTest {

  private static final int LENGTH = 30;

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
      try (ImportedRoot imported =
          CDataImporter.importRoot(
              allocator.get(), exported.arrayAddress(), exported.schemaAddress())) {
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
}
