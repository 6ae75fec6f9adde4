package org.dlpack4j.arrow;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.Types;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dlpack4j.arrow.cdata.RandomVectors;

/** Record batches of all types that are columns. */
final class RandomRoots {

  private static final int DEEPEST = 3;

  private final RandomGenerator random;
  private final BufferAllocator allocator;
  private final double nullDensity;

  /** What indices are into; to be closed with the vectors. */
  final MapDictionaryProvider dictionaries = new MapDictionaryProvider();

  RandomRoots(RandomGenerator random, BufferAllocator allocator) {
    this.random = random;
    this.allocator = allocator;
    this.nullDensity = random.nextInt(3) / 2.5;
  }

  VectorSchemaRoot root(int columns, int rows) {
    List<FieldVector> vectors = new ArrayList<>();
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      fields.add(field("c" + i, 0));
      vectors.add(vector(fields.getLast(), rows));
    }
    return new VectorSchemaRoot(new Schema(fields), vectors, rows);
  }

  private Field field(String name, int depth) {
    List<ArrowType> flat = new ArrayList<>(ArrowTypes.numbers().keySet());
    flat.add(new ArrowType.Decimal(20, 3, 128));
    flat.add(new ArrowType.Decimal(50, -1, 256));
    flat.add(new ArrowType.FixedSizeBinary(1 + random.nextInt(9)));
    flat.add(new ArrowType.Utf8());
    flat.add(new ArrowType.LargeUtf8());
    flat.add(new ArrowType.Binary());
    flat.add(new ArrowType.LargeBinary());
    flat.add(new ArrowType.Bool());
    flat.add(new ArrowType.Interval(IntervalUnit.DAY_TIME));
    flat.add(new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO));
    ArrowType type = flat.get(random.nextInt(flat.size()));
    List<Field> children = List.of();
    if (depth < DEEPEST) {
      switch (random.nextInt(18)) {
        case 0 -> {
          type = new ArrowType.List();
          children = List.of(field("$data$", depth + 1));
        }
        case 1 -> {
          type = new ArrowType.LargeList();
          children = List.of(field("$data$", depth + 1));
        }
        case 2 -> {
          type = new ArrowType.FixedSizeList(random.nextInt(4));
          // Arrow Java has no unions there.
          children = List.of(field("$data$", DEEPEST));
        }
        case 3 -> {
          type = new ArrowType.Struct();
          children = List.of(field("a", depth + 1), field("b", depth + 1));
        }
        case 4 -> {
          type = new ArrowType.ListView();
          children = List.of(field("$data$", depth + 1));
        }
        case 5 -> {
          type = new ArrowType.LargeListView();
          children = List.of(field("$data$", depth + 1));
        }
        case 6 -> {
          return map(name, depth);
        }
        case 7 -> {
          children =
              List.of(of("int", new ArrowType.Int(32, true)), of("text", new ArrowType.Utf8()));
          type = new ArrowType.Union(UnionMode.Sparse, ordinals(children));
        }
        case 8 -> {
          children = List.of(field("a", depth + 1), field("b", depth + 1));
          int[] ids = random.nextBoolean() ? new int[] {3, 5} : new int[] {5, 3};
          type = new ArrowType.Union(UnionMode.Dense, ids);
        }
        case 9 -> {
          type = new ArrowType.RunEndEncoded();
          ArrowType ends = new ArrowType.Int(16 << random.nextInt(3), true);
          children =
              List.of(
                  new Field("run_ends", FieldType.notNullable(ends), null),
                  field("values", DEEPEST));
        }
        case 10, 11 -> {
          return indices(name, depth);
        }
        default -> {}
      }
    }
    return new Field(name, FieldType.nullable(type), children);
  }

  private static Field of(String name, ArrowType type) {
    return new Field(name, FieldType.nullable(type), null);
  }

  private Field map(String name, int depth) {
    ArrowType keys = new ArrowType.Int(64, true);
    List<Field> entry =
        List.of(new Field("key", FieldType.notNullable(keys), null), field("value", depth + 1));
    Field entries = new Field("entries", FieldType.notNullable(new ArrowType.Struct()), entry);
    ArrowType type = new ArrowType.Map(random.nextBoolean());
    return new Field(name, FieldType.nullable(type), List.of(entries));
  }

  @SuppressWarnings("EnumOrdinal") // as Arrow Java chooses them
  private static int[] ordinals(List<Field> children) {
    return children.stream()
        .mapToInt(child -> Types.getMinorTypeForArrowType(child.getType()).ordinal())
        .toArray();
  }

  /** Of a dictionary that there is, or of another one. */
  private Field indices(String name, int depth) {
    List<Long> known = new ArrayList<>(dictionaries.getDictionaryIds());
    DictionaryEncoding encoding;
    if (!known.isEmpty() && random.nextBoolean()) {
      encoding = dictionaries.lookup(known.get(random.nextInt(known.size()))).getEncoding();
    } else {
      ArrowType.Int index = new ArrowType.Int(8 << random.nextInt(4), random.nextBoolean());
      Field values = field("values", depth + 1);
      while (values.getDictionary() != null) {
        // Arrow's schemas cannot say that a dictionary's values are in another one.
        values = field("values", depth + 1);
      }
      encoding = new DictionaryEncoding(dictionaries.getDictionaryIds().size(), false, index);
      dictionaries.put(new Dictionary(vector(values, RandomVectors.DICTIONARY_VALUES), encoding));
    }
    return new Field(name, new FieldType(true, encoding.getIndexType(), encoding), null);
  }

  private FieldVector vector(Field field, int rows) {
    return RandomVectors.make(allocator, field, rows, nullDensity, random);
  }
}
