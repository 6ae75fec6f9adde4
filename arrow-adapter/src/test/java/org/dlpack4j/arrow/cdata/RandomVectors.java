package org.dlpack4j.arrow.cdata;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** Vectors with random values of any type, written as Arrow's columnar format describes them. */
public final class RandomVectors {

  /** So many values every dictionary has. */
  public static final int DICTIONARY_VALUES = 50;

  /** The last one may end behind the vector. */
  static final int LONGEST_RUN = 9;

  private static final int INLINED_BYTES = 12;

  private final BufferAllocator allocator;
  private final RandomGenerator random;
  private final double nulls;
  private final List<ArrowBuf> buffers = new ArrayList<>();

  private RandomVectors(BufferAllocator allocator, RandomGenerator random, double nulls) {
    this.allocator = allocator;
    this.random = random;
    this.nulls = nulls;
  }

  /**
   * A vector of random values.
   *
   * @param nulls how many of the values that may be are null, from 0 to 1
   */
  public static FieldVector make(
      BufferAllocator allocator, Field field, int length, double nulls, RandomGenerator random) {
    FieldVector vector = field.createVector(allocator);
    RandomVectors made = new RandomVectors(allocator, random, nulls);
    made.fill(vector, field, length);
    made.buffers.forEach(ArrowBuf::close);
    return vector;
  }

  private void fill(FieldVector vector, Field field, int length) {
    Layout layout = Layout.of(field.getType());
    List<ArrowBuf> own = new ArrayList<>();
    if (layout.kind().hasValidity) {
      own.add(bits(length, field.isNullable() ? 1 - nulls : 1));
    }
    switch (layout.kind()) {
      case NULL -> {}
      case BITS -> own.add(bits(length, 0.5));
      case FIXED -> own.add(values(field, length, layout.width()));
      case VARIABLE -> {
        ArrowBuf offsets = offsets(length, layout.width(), 9);
        own.add(offsets);
        own.add(bytes(offset(offsets, length, layout.width())));
      }
      case VIEW -> views(length, own);
      case LIST -> {
        ArrowBuf offsets = offsets(length, layout.width(), 4);
        own.add(offsets);
        int elements = (int) offset(offsets, length, layout.width());
        // Two of no list's, as there may be.
        fillChild(vector, field, 0, elements == 0 ? 0 : elements + 2);
      }
      case LIST_VIEW -> listViews(vector, field, length, layout.width(), own);
      case FIXED_LIST -> fillChild(vector, field, 0, length * layout.width());
      case STRUCT -> fillChildren(vector, field, length);
      case SPARSE_UNION -> {
        own.add(typeIds(field, length));
        fillChildren(vector, field, length);
      }
      case DENSE_UNION -> denseUnion(vector, field, length, own);
      case RUN_END -> runs(vector, field, length);
    }
    vector.loadFieldBuffers(new ArrowFieldNode(length, -1), own);
  }

  private void fillChildren(FieldVector vector, Field field, int length) {
    for (int i = 0; i < field.getChildren().size(); i++) {
      fillChild(vector, field, i, length);
    }
  }

  private void fillChild(FieldVector vector, Field field, int index, int length) {
    fill(child(vector, field, index), field.getChildren().get(index), length);
  }

  /** A dense union has its children in the order of their ids, whatever that of its field is. */
  private static FieldVector child(FieldVector vector, Field field, int index) {
    return vector instanceof DenseUnionVector union
        ? (FieldVector) union.getVectorByType((byte) typeIds(field)[index])
        : vector.getChildrenFromFields().get(index);
  }

  private static int[] typeIds(Field field) {
    return ((ArrowType.Union) field.getType()).getTypeIds();
  }

  private ArrowBuf allocate(long bytes) {
    ArrowBuf buffer = allocator.buffer(bytes);
    buffers.add(buffer);
    return buffer;
  }

  private ArrowBuf bytes(long count) {
    ArrowBuf buffer = allocate(count);
    byte[] bytes = new byte[(int) count];
    random.nextBytes(bytes);
    for (int i = 0; i < count; i++) {
      buffer.setByte(i, 'a' + (bytes[i] & 15));
    }
    return buffer;
  }

  private ArrowBuf bits(int count, double density) {
    ArrowBuf buffer = allocate((count + 7) / 8);
    buffer.setZero(0, buffer.capacity());
    for (int i = 0; i < count; i++) {
      if (random.nextDouble() < density) {
        buffer.setByte(i / 8, buffer.getByte(i / 8) | 1 << i % 8);
      }
    }
    return buffer;
  }

  private ArrowBuf values(Field field, int count, int width) {
    ArrowBuf buffer = allocate((long) count * width);
    boolean isIndex = field.getDictionary() != null;
    boolean isFloat = field.getType() instanceof ArrowType.FloatingPoint;
    byte[] value = new byte[width];
    for (int i = 0; i < count; i++) {
      if (isIndex || isFloat) {
        // The lowest bytes of a float are those of a small number, and none is a NaN.
        value[0] = (byte) random.nextInt(DICTIONARY_VALUES);
      } else {
        random.nextBytes(value);
      }
      buffer.setBytes((long) i * width, value);
    }
    return buffer;
  }

  private ArrowBuf offsets(int count, int width, int most) {
    ArrowBuf offsets = allocate((count + 1L) * width);
    long at = 0;
    for (int i = 0; i <= count; i++) {
      set(offsets, i, width, at);
      at += random.nextInt(most);
    }
    return offsets;
  }

  private static long offset(ArrowBuf offsets, int index, int width) {
    return width == Long.BYTES
        ? offsets.getLong((long) index * width)
        : offsets.getInt((long) index * width);
  }

  private static void set(ArrowBuf buffer, int index, int width, long value) {
    switch (width) {
      case Short.BYTES -> buffer.setShort((long) index * width, (short) value);
      case Integer.BYTES -> buffer.setInt((long) index * width, (int) value);
      default -> buffer.setLong((long) index * width, value);
    }
  }

  private void views(int count, List<ArrowBuf> own) {
    ArrowBuf views = allocate((long) count * Layout.VIEW_BYTES);
    ArrowBuf viewed = bytes(400);
    views.setZero(0, views.capacity());
    for (int i = 0; i < count; i++) {
      long at = (long) i * Layout.VIEW_BYTES;
      int length = random.nextInt(25);
      int from = random.nextInt(300);
      views.setInt(at, length);
      views.setBytes(at + 4, viewed, from, Math.min(length, INLINED_BYTES));
      if (length > INLINED_BYTES) {
        views.setInt(at + 8, 0);
        views.setInt(at + 12, from);
      }
    }
    own.add(views);
    own.add(viewed);
  }

  private void listViews(
      FieldVector vector, Field field, int count, int width, List<ArrowBuf> own) {
    int values = 20;
    ArrowBuf offsets = allocate((long) count * width);
    ArrowBuf sizes = allocate((long) count * width);
    for (int i = 0; i < count; i++) {
      int from = random.nextInt(values);
      set(offsets, i, width, from);
      set(sizes, i, width, random.nextInt(values - from));
    }
    own.add(offsets);
    own.add(sizes);
    fillChild(vector, field, 0, values);
  }

  private ArrowBuf typeIds(Field field, int count) {
    int[] ids = typeIds(field);
    ArrowBuf types = allocate(count);
    for (int i = 0; i < count; i++) {
      types.setByte(i, ids[random.nextInt(ids.length)]);
    }
    return types;
  }

  private void denseUnion(FieldVector vector, Field field, int count, List<ArrowBuf> own) {
    int values = 30;
    ArrowBuf offsets = allocate((long) count * Integer.BYTES);
    for (int i = 0; i < count; i++) {
      offsets.setInt((long) i * Integer.BYTES, random.nextInt(values));
    }
    own.add(typeIds(field, count));
    own.add(offsets);
    fillChildren(vector, field, values);
  }

  private void runs(FieldVector vector, Field field, int count) {
    Field endsField = field.getChildren().getFirst();
    int width = Layout.of(endsField.getType()).width();
    List<Integer> ends = new ArrayList<>();
    for (int end = 0; end < count; ) {
      end += 1 + random.nextInt(LONGEST_RUN);
      ends.add(end);
    }
    ArrowBuf buffer = allocate((long) ends.size() * width);
    for (int i = 0; i < ends.size(); i++) {
      set(buffer, i, width, ends.get(i));
    }
    FieldVector endsVector = vector.getChildrenFromFields().getFirst();
    endsVector.loadFieldBuffers(
        new ArrowFieldNode(ends.size(), 0), List.of(bits(ends.size(), 1.1), buffer));
    fillChild(vector, field, 1, ends.size());
  }
}
