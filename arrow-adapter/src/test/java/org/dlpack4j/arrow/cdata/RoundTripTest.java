package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.lang.foreign.ValueLayout;
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
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is exported and imported again: equal, at the same addresses, and gone in the end. */
class RoundTripTest {

  private static final int[] LENGTHS = {0, 1, 7, 8, 9, 64, 65, 1000};

  private final TestAllocator allocator = new TestAllocator();
  private final MapDictionaryProvider dictionaries = new MapDictionaryProvider();

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

  static Stream<Arguments> everyTypeAndLength() {
    return RandomFields.ofEveryType().stream()
        .flatMap(field -> IntStream.of(LENGTHS).mapToObj(length -> arguments(field, length)));
  }

  @ParameterizedTest
  @MethodSource("everyTypeAndLength")
  void aVectorOfEveryTypeIsTheSameAtTheSameAddresses(Field field, int length) {
    checkRoundTrip(field, length, 0.3, new Random(length));
    checkRoundTrip(field, length, 0, new Random(length));
    checkRoundTrip(field, length, 1, new Random(length));
  }

  static IntStream seeds() {
    return IntStream.range(0, 200);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void randomTypesOfAnyDepthAreTheSame(int seed) {
    Random random = new Random(seed);
    Field field = RandomFields.random(random, "top", 3);
    int length = random.nextInt(seed % 10 == 0 ? 10_000 : 100);
    checkRoundTrip(field, length, random.nextDouble(), random);
  }

  private void checkRoundTrip(Field field, int length, double nulls, Random random) {
    try (FieldVector vector = RandomVectors.make(allocator.get(), field, length, nulls, random);
        ExportedArray exported = CDataExporter.exportVector(vector, dictionaries);
        ImportedVector imported = allocator.vectorOf(exported)) {
      assertThat(imported.vector().getValueCount()).isEqualTo(length);
      assertSame(vector, imported.vector(), new Range(0, 0, length));
      assertThat(imported.copiedBytes()).isZero();
      if (length > 0) {
        assertThat(addresses(imported.vector())).isEqualTo(addresses(vector));
      }
      assertThat(imported.vector().getField().getMetadata())
          .isEqualTo(vector.getField().getMetadata());
      assertThat(imported.vector().getField().isNullable()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("everyTypeAndLength")
  void everySliceOfEveryTypeIsThatPartOfTheVector(Field field, int length) {
    int[] offsets = {1, 3, 8, 13, 16, length - 1, length};
    for (int offset :
        IntStream.of(offsets).distinct().filter(i -> i > 0 && i <= length).toArray()) {
      checkSlice(field, length, offset, 0.3, length - offset);
      checkSlice(field, length, offset, 0, (length - offset) / 2);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void slicesOfRandomTypesOfAnyDepthAreThatPartOfTheVector(int seed) {
    Random random = new Random(seed);
    Field field = RandomFields.random(random, "top", 3);
    int length = 1 + random.nextInt(seed % 10 == 0 ? 10_000 : 100);
    int offset = random.nextInt(length);
    checkSlice(field, length, offset, random.nextDouble(), random.nextInt(length - offset + 1));
  }

  private void checkSlice(Field field, int length, int offset, double nulls, int count) {
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), field, length, nulls, new Random(offset));
        ExportedArray exported = CDataExporter.exportVector(vector, dictionaries)) {
      set(exported.arrayAddress(), Array.OFFSET, offset);
      set(exported.arrayAddress(), Array.LENGTH, count);
      if (field.getType() instanceof ArrowType.Null) {
        set(exported.arrayAddress(), Array.NULL_COUNT, count);
      }
      try (ImportedVector imported = allocator.vectorOf(exported)) {
        assertThat(imported.vector().getValueCount()).isEqualTo(count);
        assertSame(vector, imported.vector(), new Range(offset, 0, count));
      }
    }
  }

  private static void set(long struct, long offset, long value) {
    Memory.ALL.set(ValueLayout.JAVA_LONG, struct + offset, value);
  }

  private static void assertSame(FieldVector expected, FieldVector found, Range range) {
    assertThat(new RangeEqualsVisitor(expected, found).rangeEquals(range))
        .as("expected %s but found %s", expected, found)
        .isTrue();
  }

  /** Of all buffers but validity, which may be another where there are no nulls. */
  private static List<Long> addresses(FieldVector vector) {
    Layout layout = Layout.of(vector.getField().getType());
    List<Long> addresses = new ArrayList<>();
    List<ArrowBuf> buffers = vector.getFieldBuffers();
    for (int i = layout.kind().hasValidity ? 1 : 0; i < buffers.size(); i++) {
      addresses.add(buffers.get(i).capacity() == 0 ? 0 : buffers.get(i).memoryAddress());
    }
    if (vector.getValueCount() > 0) {
      vector.getChildrenFromFields().forEach(child -> addresses.addAll(addresses(child)));
    }
    return addresses;
  }
}
