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
import org.apache.arrow.vector.extension.OpaqueType;
import org.apache.arrow.vector.extension.UuidType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.ExtensionTypeRegistry;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Extension types cross as their storage, with their names in the metadata. */
class ExtensionTypesTest {

  private static final UUID ONE = new UUID(1, 2);

  private final TestAllocator allocator = new TestAllocator();

  @AfterEach
  void nothingIsLeft() {
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
        ImportedVector imported =
            CDataImporter.importVector(
                allocator.get(), exported.arrayAddress(), exported.schemaAddress())) {
      assertThat(imported.vector()).isInstanceOf(UuidVector.class);
      assertThat(imported.vector().isNull(0)).isTrue();
      assertThat(imported.vector().getObject(1)).isEqualTo(ONE);
    }
  }

  @Test
  void aTypeThatCannotReadItsMetadataIsRefused() {
    FieldType storage =
        new FieldType(
            true,
            UuidType.STORAGE_TYPE,
            null,
            Map.of(ExtensionType.EXTENSION_METADATA_KEY_NAME, "arrow.opaque"));
    ExtensionTypeRegistry.register(new OpaqueType(UuidType.STORAGE_TYPE, "type", "vendor"));
    Field field = new Field("opaque", storage, List.of());
    try (FieldVector vector = RandomVectors.make(allocator.get(), field, 5, 0.5, new Random(1));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      assertThatExceptionOfType(RefusedArrayException.class)
          .isThrownBy(
              () ->
                  CDataImporter.importVector(
                      allocator.get(), exported.arrayAddress(), exported.schemaAddress()))
          .withMessageContaining(
              "vector: metadata: expected what the extension type arrow.opaque can read");
    }
  }

  @Test
  void aTypeThatNobodyRegisteredIsItsStorage() {
    try (UuidVector vector = uuids();
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      ExtensionTypeRegistry.unregister(UuidType.INSTANCE);
      try (ImportedVector imported =
          CDataImporter.importVector(
              allocator.get(), exported.arrayAddress(), exported.schemaAddress())) {
        assertThat(imported.vector()).isInstanceOf(FixedSizeBinaryVector.class);
        assertThat(imported.vector().getField().getMetadata())
            .containsEntry(ExtensionType.EXTENSION_METADATA_KEY_NAME, "arrow.uuid");
      }
    }
  }
}
