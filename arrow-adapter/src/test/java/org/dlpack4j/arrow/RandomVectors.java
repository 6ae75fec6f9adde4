package org.dlpack4j.arrow;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Fields, vectors and record batches of all types that are columns. */
final class RandomVectors {

  private static final int DEEPEST = 3;

  private final RandomGenerator random;
  private final BufferAllocator allocator;
  private final double nullDensity;

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
    ArrowType type = flat.get(random.nextInt(flat.size()));
    List<Field> children = List.of();
    if (depth < DEEPEST) {
      switch (random.nextInt(12)) {
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
          children = List.of(field("$data$", depth + 1));
        }
        case 3 -> {
          type = new ArrowType.Struct();
          children = List.of(field("a", depth + 1), field("b", depth + 1));
        }
        default -> {}
      }
    }
    return new Field(name, FieldType.nullable(type), children);
  }

  FieldVector vector(Field field, int rows) {
    FieldVector vector = field.createVector(allocator);
    fill(vector, rows);
    return vector;
  }

  private void fill(FieldVector vector, int rows) {
    switch (vector) {
      case BaseFixedWidthVector fixed -> {
        fixed.allocateNew(rows);
        long bytes = (long) rows * fixed.getTypeWidth();
        for (long at = 0; at < bytes; at++) {
          fixed.getDataBuffer().setByte(at, random.nextInt());
        }
        for (int row = 0; row < rows; row++) {
          if (!isNull()) {
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
      case ListVector lists -> {
        lists.setInitialCapacity(rows);
        lists.allocateNew();
        BiConsumer<Integer, Integer> write =
            (row, size) -> {
              lists.startNewValue(row);
              lists.endValue(row, size);
            };
        fill(lists.getDataVector(), elements(rows, write));
      }
      case LargeListVector lists -> {
        lists.setInitialCapacity(rows);
        lists.allocateNew();
        BiConsumer<Integer, Integer> write =
            (row, size) -> {
              lists.startNewValue(row);
              lists.endValue(row, size);
            };
        fill(lists.getDataVector(), elements(rows, write));
      }
      case FixedSizeListVector lists -> {
        lists.setInitialCapacity(rows);
        lists.allocateNew();
        for (int row = 0; row < rows; row++) {
          if (!isNull()) {
            lists.setNotNull(row);
          }
        }
        fill(lists.getDataVector(), rows * lists.getListSize());
      }
      case StructVector structs -> {
        structs.setInitialCapacity(rows);
        structs.allocateNew();
        for (int row = 0; row < rows; row++) {
          if (!isNull()) {
            structs.setIndexDefined(row);
          }
        }
        structs.getChildrenFromFields().forEach(member -> fill(member, rows));
      }
      default -> throw new AssertionError("no values for " + vector.getField());
    }
    vector.setValueCount(rows);
  }

  /** Writes the sizes of lists; how many elements they have together. */
  private int elements(int rows, BiConsumer<Integer, Integer> write) {
    int elements = 0;
    for (int row = 0; row < rows; row++) {
      if (!isNull()) {
        int size = random.nextInt(4);
        write.accept(row, size);
        elements += size;
      }
    }
    return elements;
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
