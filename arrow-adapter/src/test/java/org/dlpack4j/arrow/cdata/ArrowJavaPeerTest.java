package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.Buffer;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.c.Data;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.compare.Range;
import org.apache.arrow.vector.compare.RangeEqualsVisitor;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Arrow Java's own C Data module takes what we export, and we take what it exports. Run in a JVM of
 * its own, as it needs java.nio opened to it.
 */
class ArrowJavaPeerTest {

  private static final int LENGTH = 100;

  private final TestAllocator allocator = new TestAllocator();
  private final MapDictionaryProvider dictionaries = new MapDictionaryProvider();

  @BeforeAll
  static void requireOpenedPackage() {
    assumeTrue(
        Buffer.class.getModule().isOpen("java.nio", ArrowJavaPeerTest.class.getModule()),
        "Arrow's C Data module needs --add-opens=java.base/java.nio=ALL-UNNAMED");
  }

  @BeforeEach
  void makeDictionary() {
    DictionaryEncoding encoding = new DictionaryEncoding(0, true, new ArrowType.Int(16, true));
    Field values = RandomFields.field("values", new ArrowType.Utf8());
    dictionaries.put(
        new Dictionary(
            RandomVectors.make(
                allocator.get(), values, RandomVectors.DICTIONARY_VALUES, 0.1, new Random(7)),
            encoding));
  }

  @AfterEach
  void nothingIsLeft() {
    dictionaries.close();
    allocator.closeWhenReleased();
  }

  static Stream<Field> fields() {
    return RandomFields.ofEveryType().stream();
  }

  private FieldVector made(Field field) {
    return RandomVectors.make(allocator.get(), field, LENGTH, 0.2, new Random(4));
  }

  private static void assertSame(FieldVector expected, FieldVector found) {
    // Both begin to number dictionaries where they like, so that indices differ in type.
    boolean isIndex = expected.getField().getDictionary() != null;
    Range all = new Range(0, 0, expected.getValueCount());
    RangeEqualsVisitor visitor =
        new RangeEqualsVisitor(
            expected,
            found,
            isIndex ? (one, other) -> true : RangeEqualsVisitor.DEFAULT_TYPE_COMPARATOR);
    assertThat(found.getValueCount()).isEqualTo(expected.getValueCount());
    assertThat(visitor.rangeEquals(all)).as("expected %s but found %s", expected, found).isTrue();
  }

  @ParameterizedTest
  @MethodSource("fields")
  void takesWhatWeExport(Field field) {
    try (FieldVector vector = made(field);
        ExportedArray exported = CDataExporter.exportVector(vector, dictionaries);
        CDataDictionaryProvider theirs = new CDataDictionaryProvider();
        FieldVector found =
            Data.importVector(
                allocator.get(),
                ArrowArray.wrap(exported.arrayAddress()),
                ArrowSchema.wrap(exported.schemaAddress()),
                theirs)) {
      assertSame(vector, found);
    }
  }

  @ParameterizedTest
  @MethodSource("fields")
  void exportsWhatWeTake(Field field) {
    try (FieldVector vector = made(field);
        ArrowArray array = ArrowArray.allocateNew(allocator.get());
        ArrowSchema schema = ArrowSchema.allocateNew(allocator.get())) {
      Data.exportVector(allocator.get(), vector, dictionaries, array, schema);
      try (ImportedVector imported =
          CDataImporter.importVector(
              allocator.get(), array.memoryAddress(), schema.memoryAddress())) {
        assertSame(vector, imported.vector());
        assertThat(imported.copiedBytes()).isZero();
      }
    }
  }

  @Test
  void readsOurStreamAndWeReadIts() throws IOException {
    try (ArrowArrayStream ours = ArrowArrayStream.allocateNew(allocator.get());
        ArrowArrayStream theirs = ArrowArrayStream.allocateNew(allocator.get())) {
      CDataExporter.exportStreamInto(
          new RandomReader(allocator.get(), false), ours.memoryAddress());
      Data.exportArrayStream(
          allocator.get(), Data.importArrayStream(allocator.get(), ours), theirs);
      try (RandomReader expected = new RandomReader(allocator.get(), false);
          ArrowReader found = CDataImporter.importStream(allocator.get(), theirs.memoryAddress())) {
        while (expected.loadNextBatch()) {
          assertThat(found.loadNextBatch()).isTrue();
          assertSame(
              expected.getVectorSchemaRoot().getVector("lists"),
              found.getVectorSchemaRoot().getVector("lists"));
        }
        assertThat(found.loadNextBatch()).isFalse();
      }
    }
  }
}
