package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.ArrowBuf;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A stream's batch has what the producer's has, of whatever type, and to the last child. */
class StreamTypesTest {

  private static final int LENGTH = 100;
  private static final int SEEDS = 60;

  private final TestAllocator allocator = new TestAllocator();
  private final Arena arena = Arena.ofConfined();
  private final MapDictionaryProvider dictionaries = new MapDictionaryProvider();

  @BeforeEach
  void makeDictionary() {
    DictionaryEncoding encoding = new DictionaryEncoding(0, true, new ArrowType.Int(16, true));
    Field values = RandomFields.field("values", new ArrowType.Utf8());
    FieldVector vector =
        RandomVectors.make(
            allocator.get(), values, RandomVectors.DICTIONARY_VALUES, 0.1, new Random(7));
    dictionaries.put(new Dictionary(vector, encoding));
  }

  @AfterEach
  void nothingIsLeft() {
    dictionaries.close();
    arena.close();
    allocator.closeWhenReleased();
  }

  static Stream<Field> fields() {
    Field number = RandomFields.field("item", new ArrowType.Int(32, true));
    Field empties = RandomFields.field("empties", new ArrowType.FixedSizeList(0), number);
    Stream<Field> random =
        IntStream.range(0, SEEDS)
            .mapToObj(seed -> RandomFields.random(new Random(seed), "random", 3));
    return Stream.of(
            RandomFields.ofEveryType().stream(),
            Stream.of(empties, RandomFields.field("struct", new ArrowType.Struct(), empties)),
            Stream.of(RandomFields.field("list", new ArrowType.List(), empties)),
            random)
        .flatMap(each -> each);
  }

  @ParameterizedTest
  @MethodSource("fields")
  @Timeout(60)
  void theBatchIsTheProducersToTheLastChild(Field field) throws IOException {
    FieldVector vector = RandomVectors.make(allocator.get(), field, LENGTH, 0.3, new Random(1));
    long struct = arena.allocate(CDataAbi.Stream.BYTES, Long.BYTES).address();
    CDataExporter.exportStreamInto(
        new OneBatchReader(allocator.get(), vector, dictionaries), struct);
    try (ArrowReader found = CDataImporter.importStream(allocator.get(), struct)) {
      assertThat(found.loadNextBatch()).isTrue();
      assertThat(found.getVectorSchemaRoot().getRowCount()).isEqualTo(LENGTH);
      FieldVector imported = found.getVectorSchemaRoot().getVector(0);
      assertThat(new RangeEqualsVisitor(vector, imported).rangeEquals(new Range(0, 0, LENGTH)))
          .isTrue();
      assertThat(shape(imported)).isEqualTo(shape(vector));
      assertThat(found.getVectorSchemaRoot().getFieldVectors()).containsExactly(imported);
      assertThat(found.loadNextBatch()).isFalse();
    }
  }

  /** Lengths, and where the values are. */
  private static List<Long> shape(FieldVector vector) {
    List<Long> shape = new ArrayList<>();
    shape.add((long) vector.getValueCount());
    Layout layout = Layout.of(vector.getField().getType());
    List<ArrowBuf> buffers = vector.getFieldBuffers();
    for (int i = layout.kind().hasValidity ? 1 : 0; i < buffers.size(); i++) {
      shape.add(buffers.get(i).capacity() == 0 ? 0 : buffers.get(i).memoryAddress());
    }
    if (vector.getValueCount() > 0) {
      vector.getChildrenFromFields().forEach(child -> shape.addAll(shape(child)));
    }
    return shape;
  }
}
