package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.UuidVector;
import org.apache.arrow.vector.compare.VectorEqualsVisitor;
import org.apache.arrow.vector.extension.UuidType;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.ExtensionTypeRegistry;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.dlpack4j.arrow.extension.BFloat16Type;
import org.dlpack4j.arrow.extension.Bool8Type;
import org.dlpack4j.arrow.extension.ExtensionTypes;
import org.dlpack4j.arrow.extension.FixedShapeTensorType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Extension types cross as their storage, with their names in the metadata. */
class ExtensionTypesTest {

  private static final UUID ONE = new UUID(1, 2);
  private static final Field NUMBERS =
      new Field("$data$", FieldType.nullable(new ArrowType.Int(16, true)), null);
  private static final Field BOOLS =
      new Field("$data$", FieldType.nullable(Bool8Type.INSTANCE), null);

  private final TestAllocator allocator = new TestAllocator();

  @BeforeEach
  void register() {
    ExtensionTypes.register();
  }

  @AfterEach
  void nothingIsLeft() {
    List.of(Bool8Type.INSTANCE, BFloat16Type.INSTANCE, FixedShapeTensorType.of())
        .forEach(ExtensionTypeRegistry::unregister);
    ExtensionTypeRegistry.register(UuidType.INSTANCE);
    allocator.closeWhenReleased();
  }

  private UuidVector uuids() {
    Field field = new Field("ids", FieldType.nullable(UuidType.INSTANCE), List.of());
    UuidVector vector = (UuidVector) field.createVector(allocator.get());
    vector.allocateNew();
    vector.setNull(0);
    vector.setSafe(1, ONE);
    vector.setValueCount(2);
    return vector;
  }

  @Test
  void aRegisteredTypeComesBack() {
    try (UuidVector vector = uuids();
        ExportedArray exported = CDataExporter.exportVector(vector);
        ImportedVector imported = allocator.vectorOf(exported)) {
      assertThat(imported.vector()).isInstanceOf(UuidVector.class);
      assertThat(imported.vector().isNull(0)).isTrue();
      assertThat(imported.vector().getObject(1)).isEqualTo(ONE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"shape\":[2,4]}", "{\"shape\":[-2,-3]}", "[2,3]", "{", ""})
  void aTypeThatCannotReadItsMetadataIsRefused(String metadata) {
    FieldType storage =
        new FieldType(
            true,
            new ArrowType.FixedSizeList(6),
            null,
            Map.of(
                ExtensionType.EXTENSION_METADATA_KEY_NAME,
                FixedShapeTensorType.NAME,
                ExtensionType.EXTENSION_METADATA_KEY_METADATA,
                metadata));
    Field field = new Field("tensors", storage, List.of(NUMBERS));
    try (FieldVector vector = RandomVectors.make(allocator.get(), field, 5, 0.5, new Random(1));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      assertThatExceptionOfType(RefusedArrayException.class)
          .isThrownBy(() -> allocator.vectorOf(exported))
          .withMessageContaining(
              "vector: metadata: expected what the extension type arrow.fixed_shape_tensor can"
                  + " read");
    }
  }

  @Test
  void boolsHalvesAndTensorsComeBackOverTheSameBytes() {
    FixedShapeTensorType type =
        FixedShapeTensorType.of(2, 3).withDimNames("a", "b").withPermutation(1, 0);
    List<Field> fields =
        List.of(
            new Field("bools", FieldType.nullable(Bool8Type.INSTANCE), null),
            new Field("halves", FieldType.notNullable(BFloat16Type.INSTANCE), null),
            new Field("tensors", FieldType.nullable(type), List.of(NUMBERS)),
            new Field("lists", FieldType.nullable(new ArrowType.List()), List.of(BOOLS)));
    for (Field field : fields) {
      try (FieldVector vector = RandomVectors.make(allocator.get(), field, 20, 0, new Random(1));
          ExportedArray exported = CDataExporter.exportVector(vector);
          ImportedVector imported = allocator.vectorOf(exported)) {
        FieldVector back = imported.vector();
        assertThat(back.getField()).isEqualTo(field);
        assertThat(back.getClass()).isEqualTo(vector.getClass());
        assertThat(VectorEqualsVisitor.vectorEquals(back, vector)).as("%s", field).isTrue();
        assertThat(imported.copiedBytes()).isZero();
      }
    }
  }

  @Test
  void aTypeThatNobodyRegisteredIsItsStorage() {
    try (UuidVector vector = uuids();
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      ExtensionTypeRegistry.unregister(UuidType.INSTANCE);
      try (ImportedVector imported = allocator.vectorOf(exported)) {
        assertThat(imported.vector()).isInstanceOf(FixedSizeBinaryVector.class);
        assertThat(imported.vector().getField().getMetadata())
            .containsEntry(ExtensionType.EXTENSION_METADATA_KEY_NAME, "arrow.uuid");
      }
    }
  }
}
