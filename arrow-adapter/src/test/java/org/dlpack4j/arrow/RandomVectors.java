package org.dlpack4j.arrow;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.Types;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Fields, vectors and record batches of all types that are columns. */
final class RandomVectors {

  private static final int DEEPEST = 3;
  private static final int MOST_VALUES = 20;

  private final RandomGenerator random;
  private final BufferAllocator allocator;
  private final double nullDensity;

  /** What indices are into; to be closed with the vectors. */
  final MapDictionaryProvider dictionaries = new MapDictionaryProvider();

  RandomVectors(RandomGenerator random, BufferAllocator allocator) {
    this.random = random;
    this.allocator = allocator;
    this.nullDensity = random.nextInt(3) / 2.5;
  }

  VectorSchemaRoot root(int columns, int rows) {
    List<FieldVector> vectors = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      vectors.add(vector(field("c" + i, 0), rows));
    }
    List<Field> fields = vectors.stream().map(FieldVector::getField).toList();
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
          type = new ArrowType.Union(UnionMode.Dense, new int[] {3, 5});
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
      dictionaries.put(new Dictionary(vector(values, MOST_VALUES), encoding));
    }
    return new Field(name, new FieldType(true, encoding.getIndexType(), encoding), null);
  }

  FieldVector vector(Field field, int rows) {
    FieldVector vector = field.createVector(allocator);
    fill(vector, rows);
    return vector;
  }

  private void fill(FieldVector vector, int rows) {
    boolean nullable = vector.getField().isNullable();
    switch (vector) {
      case BaseFixedWidthVector fixed -> {
        fixed.allocateNew(rows);
        boolean isIndex = vector.getField().getDictionary() != null;
        int width = fixed.getTypeWidth();
        long bytes = width == 0 ? Math.ceilDiv(rows, Byte.SIZE) : (long) rows * width;
        for (long at = 0; at < bytes; at++) {
          fixed.getDataBuffer().setByte(at, isIndex ? index(at % width) : random.nextInt());
        }
        for (int row = 0; row < rows; row++) {
          if (!nullable || !isNull()) {
            fixed.setIndexDefined(row);
          }
        }
      }
      case BaseVariableWidthVector text -> {
        text.allocateNew(rows);
        for (int row = 0; row < rows; row++) {
          if (!isNull()) {
            text.setSafe(row, bytes());
          }
        }
      }
      case BaseLargeVariableWidthVector text -> {
        text.allocateNew(rows);
        for (int row = 0; row < rows; row++) {
          if (!isNull()) {
            text.setSafe(row, bytes());
          }
        }
      }
      case ListVector _ -> {
        fillLists(vector, rows, Integer.BYTES);
        return;
      }
      case LargeListVector _ -> {
        fillLists(vector, rows, Long.BYTES);
        return;
      }
      case FixedSizeListVector lists -> {
        fill(lists.getDataVector(), rows * lists.getListSize());
        load(vector, rows, validity(nullable, rows));
        return;
      }
      case StructVector structs -> {
        structs.getChildrenFromFields().forEach(member -> fill(member, rows));
        load(vector, rows, validity(nullable, rows));
        return;
      }
      case ListViewVector _ -> {
        fillViews(vector, rows, Integer.BYTES);
        return;
      }
      case LargeListViewVector _ -> {
        fillViews(vector, rows, Long.BYTES);
        return;
      }
      case UnionVector union -> {
        vector.getChildrenFromFields().forEach(member -> fill(member, rows));
        load(vector, rows, typeIds(union.getField(), rows));
        return;
      }
      case DenseUnionVector union -> {
        vector.getChildrenFromFields().forEach(member -> fill(member, MOST_VALUES));
        load(
            vector,
            rows,
            typeIds(union.getField(), rows),
            numbers(rows, Integer.BYTES, _ -> value()));
        return;
      }
      case RunEndEncodedVector runs -> {
        fillRuns(runs, rows);
        return;
      }
      default -> throw new AssertionError("no values for " + vector.getField());
    }
    vector.setValueCount(rows);
  }

  private int index(long part) {
    return part == 0 ? value() : 0;
  }

  private int value() {
    return random.nextInt(MOST_VALUES);
  }

  /** Arrow's own ways to set a value count would change those of the children. */
  private void fillLists(FieldVector vector, int rows, int width) {
    int[] ends = new int[rows + 1];
    for (int row = 1; row <= rows; row++) {
      ends[row] = ends[row - 1] + random.nextInt(4);
    }
    fill(vector.getChildrenFromFields().getFirst(), ends[rows]);
    int count = rows == 0 ? 0 : rows + 1;
    load(vector, rows, validity(true, rows), numbers(count, width, row -> ends[row]));
  }

  private ArrowBuf validity(boolean nullable, int rows) {
    return numbers(
        Math.ceilDiv(rows, Byte.SIZE), Byte.BYTES, _ -> nullable && isNull() ? value() : -1);
  }

  private void fillViews(FieldVector vector, int rows, int width) {
    int[] from = IntStream.range(0, rows).map(_ -> value()).toArray();
    fill(vector.getChildrenFromFields().getFirst(), MOST_VALUES);
    load(
        vector,
        rows,
        validity(true, rows),
        numbers(rows, width, row -> from[row]),
        numbers(rows, width, row -> random.nextInt(MOST_VALUES - from[row])));
  }

  private ArrowBuf typeIds(Field field, int rows) {
    int[] ids = ((ArrowType.Union) field.getType()).getTypeIds();
    return numbers(rows, Byte.BYTES, _ -> ids[random.nextInt(ids.length)]);
  }

  private void fillRuns(RunEndEncodedVector vector, int rows) {
    List<Integer> ends = new ArrayList<>();
    for (int end = 0; end < rows; ) {
      end += 1 + random.nextInt(9);
      ends.add(end);
    }
    int width =
        ((ArrowType.Int) vector.getRunEndsVector().getField().getType()).getBitWidth() / Byte.SIZE;
    load(
        vector.getRunEndsVector(),
        ends.size(),
        validity(false, ends.size()),
        numbers(ends.size(), width, ends::get));
    fill(vector.getValuesVector(), ends.size());
    load(vector, rows);
  }

  private ArrowBuf numbers(int count, int width, IntUnaryOperator number) {
    ArrowBuf buffer = allocator.buffer((long) count * width);
    for (int i = 0; i < count; i++) {
      long value = number.applyAsInt(i);
      for (int part = 0; part < width; part++) {
        buffer.setByte((long) i * width + part, (int) (value >> (part * Byte.SIZE)));
      }
    }
    return buffer;
  }

  private static void load(FieldVector vector, int rows, ArrowBuf... buffers) {
    vector.loadFieldBuffers(new ArrowFieldNode(rows, -1), List.of(buffers));
    for (ArrowBuf buffer : buffers) {
      buffer.close();
    }
  }

  private boolean isNull() {
    return random.nextDouble() < nullDensity;
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(12)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(26));
    }
    return bytes;
  }
}
