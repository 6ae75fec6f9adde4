package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compare.Range;
import org.apache.arrow.vector.compare.RangeEqualsVisitor;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.Owner;
import org.dlpack4j.arrow.cdata.RandomVectors;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Table;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Columns that begin later than their tensors, as slices of bits and of runs do. */
@ExtendWith(ArrowMemory.class)
class LaterRowsTest {

  private static final int ROWS = 100;

  private static Field of(String name, ArrowType type, Field... children) {
    return new Field(name, FieldType.nullable(type), List.of(children));
  }

  private static Field runs(int bits, Field values) {
    ArrowType ends = new ArrowType.Int(bits, true);
    Field endsField = new Field("run_ends", FieldType.notNullable(ends), null);
    return of("runs", new ArrowType.RunEndEncoded(), endsField, values);
  }

  private static FieldVector vector(BufferAllocator allocator, Field field) {
    return RandomVectors.make(allocator, field, ROWS, 0.3, new SplittableRandom(5));
  }

  /** Some rows of a table, whose tensors hold all of it. */
  private static List<ManagedColumn> slice(ExportedTable exported, long from, long count) {
    List<Column> columns =
        exported.table().columns().stream().map(column -> column.slice(from, count)).toList();
    return TableExporter.export(new Table(count, columns), Owner.nonBlocking(exported::close))
        .transferOut();
  }

  private static List<ManagedColumn> slice(FieldVector vector, long from, long count) {
    return slice(ArrowExporter.versioned().exportColumn(vector), from, count);
  }

  private static void assertSame(FieldVector whole, int from, FieldVector part) {
    Range range = new Range(from, 0, part.getValueCount());
    assertThat(new RangeEqualsVisitor(whole, part, (_, _) -> true).rangeEquals(range))
        .as("%s from %d on: expected %s but found %s", whole.getField(), from, whole, part)
        .isTrue();
  }

  @RepeatedTest(80)
  void anyRowsOfAnyTableAreThoseOfTheBatch(RepetitionInfo repetition, BufferAllocator allocator) {
    SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
    RandomRoots roots = new RandomRoots(random, allocator);
    int rows = 1 + (random.nextInt(4) == 0 ? random.nextInt(10_000) : random.nextInt(40));
    int from = random.nextInt(rows);
    int count = random.nextInt(rows - from + 1);
    try (VectorSchemaRoot root = roots.root(1 + random.nextInt(6), rows);
        MapDictionaryProvider _ = roots.dictionaries) {
      List<ManagedColumn> managed = slice(ArrowExporter.versioned().export(root), from, count);
      ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
      try (VectorSchemaRoot part =
          importer.checkingAllOffsets().importRoot(root.getSchema(), managed)) {
        assertThat(part.getRowCount()).isEqualTo(count);
        for (int i = 0; i < root.getFieldVectors().size(); i++) {
          assertSame(root.getVector(i), from, part.getVector(i));
        }
      }
    }
  }

  @Test
  void bitsThatBeginWithinAByteAreCopiedAndCounted(BufferAllocator allocator) {
    try (FieldVector whole = vector(allocator, of("flags", new ArrowType.Bool()))) {
      List<ManagedColumn> managed = slice(whole, 13, 50);
      ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
      long before = Copies.statistics().bytes();
      try (VectorSchemaRoot part =
          importer.importRoot(new Schema(List.of(whole.getField())), managed)) {
        assertSame(whole, 13, part.getVector(0));
        assertThat(part.getVector(0).getNullCount()).isBetween(1, 49);
        assertThat(importer.copiedBytes()).as("bits and bitmap").isEqualTo(7 + 7);
        assertThat(Copies.statistics().bytes() - before).isEqualTo(14);
      }
    }
  }

  @Test
  void bitsThatBeginWithALaterByteStayWhereTheyAre(BufferAllocator allocator) {
    Field field = of("flags", new ArrowType.Bool());
    try (FieldVector whole =
        RandomVectors.make(allocator, field, ROWS, 0, new SplittableRandom(5))) {
      ManagedColumn all = ArrowExporter.versioned().exportColumn(whole).transferOut().getFirst();
      List<ManagedColumn> managed = List.of(all.withRows(new RowRange(16, 50)));
      try (VectorSchemaRoot part =
          ArrowImporter.versioned(allocator).importRoot(new Schema(List.of(field)), managed)) {
        assertSame(whole, 16, part.getVector(0));
        assertThat(part.getVector(0).getValueCount()).isEqualTo(50);
        assertThat(part.getVector(0).getDataBufferAddress())
            .isEqualTo(whole.getDataBufferAddress() + 2);
      }
    }
  }

  @Test
  void runsWithoutTheFirstRowsEndAsMuchEarlier(BufferAllocator allocator) {
    for (int bits = 16; bits <= 64; bits *= 2) {
      Field field = runs(bits, of("values", new ArrowType.Utf8()));
      try (FieldVector whole = vector(allocator, field)) {
        ArrowImporter importer = ArrowImporter.versioned(allocator).copyingIfNeeded();
        try (VectorSchemaRoot part =
            importer.importRoot(new Schema(List.of(field)), slice(whole, 33, 44))) {
          RunEndEncodedVector found = (RunEndEncodedVector) part.getVector(0);
          assertSame(whole, 33, found);
          int runs = found.getRunEndsVector().getValueCount();
          assertThat(runs).isBetween(5, 40);
          assertThat(found.getRunEnd(0)).isBetween(1, 9);
          assertThat(found.getRunEndsVector().getObject(runs - 1)).hasToString("44");
          long bitmap = found.getValuesVector().getNullCount() == 0 ? 0 : (runs + 7) / 8;
          assertThat(importer.copiedBytes())
              .isBetween((long) runs * bits / 8, runs * bits / 8 + bitmap);
        }
      }
    }
  }

  @Test
  void withoutTheRequestTheyAreRefusedAndStayTheCallers(BufferAllocator allocator) {
    List<Field> fields =
        List.of(of("flags", new ArrowType.Bool()), runs(32, of("v", new ArrowType.Bool())));
    for (Field field : fields) {
      try (FieldVector whole = vector(allocator, field)) {
        List<ManagedColumn> managed = slice(whole, 3, 50);
        Schema schema = new Schema(List.of(field));
        assertThatExceptionOfType(RefusedVectorException.class)
            .isThrownBy(() -> ArrowImporter.versioned(allocator).importRoot(schema, managed))
            .withMessageContaining("column " + field.getName())
            .withMessageContaining("found 3 to skip; import it by copyingIfNeeded");
        ArrowImporter.versioned(allocator).copyingIfNeeded().importRoot(schema, managed).close();
      }
    }
  }

  @Test
  void noRowsNeedNoCopy(BufferAllocator allocator) {
    List<Field> fields =
        List.of(of("flags", new ArrowType.Bool()), runs(32, of("v", new ArrowType.Bool())));
    for (Field field : fields) {
      try (FieldVector whole = vector(allocator, field);
          VectorSchemaRoot part =
              ArrowImporter.versioned(allocator)
                  .importRoot(new Schema(List.of(field)), slice(whole, 77, 0))) {
        assertThat(part.getRowCount()).isZero();
        assertThat(part.getVector(0).getValueCount()).isZero();
      }
    }
  }
}
