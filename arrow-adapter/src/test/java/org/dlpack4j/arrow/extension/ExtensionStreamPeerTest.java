package org.dlpack4j.arrow.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.extension.InvalidExtensionMetadataException;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.ExtensionTypeRegistry;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.ByteArrayReadableSeekableByteChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Extension types in Arrow's files and streams. */
class ExtensionStreamPeerTest {

  enum Format {
    FILE,
    STREAM
  }

  private static final FixedShapeTensorType TENSORS =
      FixedShapeTensorType.of(2, 3).withDimNames("rows", "columns").withPermutation(1, 0);

  private static final List<Field> FIELDS =
      List.of(
          field("bools", Bool8Type.INSTANCE, List.of()),
          field("halves", BFloat16Type.INSTANCE, List.of()),
          field(
              "tensors",
              TENSORS,
              List.of(new Field("$data$", FieldType.nullable(new ArrowType.Int(16, true)), null))));

  private final BufferAllocator allocator = new RootAllocator();

  private static Field field(String name, ExtensionType type, List<Field> children) {
    return new Field(name, new FieldType(true, type, null, Map.of("unit", "of " + name)), children);
  }

  @BeforeEach
  void register() {
    ExtensionTypes.register();
  }

  @AfterEach
  void nothingIsLeft() {
    unregister();
    allocator.close();
  }

  private static void unregister() {
    FIELDS.forEach(field -> ExtensionTypeRegistry.unregister((ExtensionType) field.getType()));
  }

  /** Three rows, the second of which is null. */
  private VectorSchemaRoot root() {
    Bool8Vector bools = (Bool8Vector) FIELDS.get(0).createVector(allocator);
    bools.allocateNew(3);
    bools.set(0, true);
    bools.set(2, false);
    BFloat16Vector halves = (BFloat16Vector) FIELDS.get(1).createVector(allocator);
    halves.allocateNew(3);
    halves.set(0, 1.5f);
    halves.set(2, -7);
    FixedShapeTensorVector tensors = (FixedShapeTensorVector) FIELDS.get(2).createVector(allocator);
    tensors.allocateNew();
    tensors.getUnderlyingVector().setNotNull(0);
    tensors.getUnderlyingVector().setNotNull(2);
    SmallIntVector elements = (SmallIntVector) tensors.getUnderlyingVector().getDataVector();
    IntStream.range(0, 18).filter(i -> i != 15).forEach(i -> elements.setSafe(i, i));
    List<FieldVector> vectors = List.of(bools, halves, tensors);
    vectors.forEach(vector -> vector.setValueCount(3));
    return new VectorSchemaRoot(new Schema(FIELDS), vectors, 3);
  }

  private static byte[] written(VectorSchemaRoot root, Format format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArrowWriter writer =
        format == Format.FILE
            ? new ArrowFileWriter(root, null, Channels.newChannel(bytes))
            : new ArrowStreamWriter(root, null, bytes)) {
      writer.writeBatch();
    }
    return bytes.toByteArray();
  }

  private ArrowReader reader(byte[] bytes, Format format) {
    return format == Format.FILE
        ? new ArrowFileReader(new ByteArrayReadableSeekableByteChannel(bytes), allocator)
        : new ArrowStreamReader(new ByteArrayInputStream(bytes), allocator);
  }

  @ParameterizedTest
  @EnumSource
  void typesValuesAndMetadataComeBack(Format format) throws IOException {
    byte[] bytes;
    try (VectorSchemaRoot root = root()) {
      bytes = written(root, format);
    }
    try (ArrowReader reader = reader(bytes, format)) {
      assertThat(reader.loadNextBatch()).isTrue();
      VectorSchemaRoot read = reader.getVectorSchemaRoot();
      assertThat(read.getSchema().getFields()).isEqualTo(FIELDS);
      assertThat(((Bool8Vector) read.getVector(0)).getValueIterable())
          .containsExactly(true, null, false);
      assertThat(((BFloat16Vector) read.getVector(1)).getValueIterable())
          .containsExactly(1.5f, null, -7f);
      FixedShapeTensorVector tensors = (FixedShapeTensorVector) read.getVector(2);
      assertThat(tensors.type()).isEqualTo(TENSORS);
      assertThat(tensors.isNull(1)).isTrue();
      assertThat(tensors.getObject(2)).hasToString("[12,13,14,null,16,17]");
      assertThat(tensors.getField().getMetadata()).containsEntry("unit", "of tensors");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoDoesNotRegisterReadsTheStorage(Format format) throws IOException {
    byte[] bytes;
    try (VectorSchemaRoot root = root()) {
      bytes = written(root, format);
    }
    unregister();
    try (ArrowReader reader = reader(bytes, format)) {
      assertThat(reader.loadNextBatch()).isTrue();
      VectorSchemaRoot read = reader.getVectorSchemaRoot();
      assertThat(read.getVector(0)).isInstanceOf(TinyIntVector.class);
      assertThat(read.getVector(1)).isInstanceOf(FixedSizeBinaryVector.class);
      assertThat(read.getVector(2)).isInstanceOf(FixedSizeListVector.class);
      assertThat(read.getVector(2).getField().getMetadata())
          .containsEntry(ExtensionType.EXTENSION_METADATA_KEY_NAME, FixedShapeTensorType.NAME)
          .containsEntry(
              ExtensionType.EXTENSION_METADATA_KEY_METADATA,
              "{\"shape\":[2,3],\"dim_names\":[\"rows\",\"columns\"],\"permutation\":[1,0]}");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSchemaWithHostileMetadataIsRefused(Format format) throws IOException {
    Map<String, String> hostile =
        Map.of(
            ExtensionType.EXTENSION_METADATA_KEY_NAME,
            FixedShapeTensorType.NAME,
            ExtensionType.EXTENSION_METADATA_KEY_METADATA,
            "{\"shape\":[3,-2]}");
    Field field =
        new Field(
            "t",
            new FieldType(true, new ArrowType.FixedSizeList(6), null, hostile),
            FIELDS.get(2).getChildren());
    byte[] bytes;
    try (VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(List.of(field)), allocator)) {
      bytes = written(root, format);
    }
    try (ArrowReader reader = reader(bytes, format)) {
      assertThatExceptionOfType(InvalidExtensionMetadataException.class)
          .isThrownBy(reader::getVectorSchemaRoot)
          .withMessageContaining("shape: expected sizes of 0 or more");
    }
  }

  @Test
  void registeringAgainLeavesWhatIsThere() {
    ExtensionType known = ExtensionTypeRegistry.lookup(FixedShapeTensorType.NAME);
    ExtensionType other = FixedShapeTensorType.of(7);
    ExtensionTypes.register();
    assertThat(ExtensionTypeRegistry.lookup(FixedShapeTensorType.NAME)).isSameAs(known);
    ExtensionTypeRegistry.register(other);
    ExtensionTypes.register();
    assertThat(ExtensionTypeRegistry.lookup(FixedShapeTensorType.NAME)).isSameAs(other);
  }
}
