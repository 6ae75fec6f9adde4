package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.dlpack4j.internal.Memory.ALL;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Writes arrays as Arrow's columnar format describes them, each buffer just as long as its array
 * says. Now and then a number is another than it should be: a length, an offset, a size, a type id.
 */
final class FuzzedValues {

  private static final int MOST_STEP = 4;
  private static final int FAR = 300;
  private static final int VIEWED_BYTES = 40;

  private final FuzzedDataProvider data;
  private final Random random;
  private final GuardedMemory memory;
  private final boolean loose;
  private boolean spoiled;

  /**
   * Begins an array.
   *
   * @param loose whether there is much behind each buffer, for types that are to be mistaken
   */
  FuzzedValues(FuzzedDataProvider data, Random random, GuardedMemory memory, boolean loose) {
    this.data = data;
    this.random = random;
    this.memory = memory;
    this.loose = loose;
  }

  /** Whether any number is wrong. */
  boolean isSpoiled() {
    return spoiled;
  }

  private boolean happens() {
    boolean happens = data.consumeByte() > 122;
    spoiled |= happens;
    return happens;
  }

  private long buffer(long bytes) {
    return memory.allocate(loose ? bytes + 4096 : bytes);
  }

  /** An array of so many values or more. */
  FuzzedNode node(Field field, long needed) {
    Layout layout = Layout.of(field.getType());
    boolean whole = random.nextInt(3) > 0;
    long offset = whole ? 0 : random.nextInt(20);
    long length = happens() ? random.nextInt(20) : needed + (whole ? 0 : random.nextInt(3));
    // A length that is wrong may be made longer than needed later, by which it claims nothing more.
    int rows = (int) (offset + Math.max(length, needed));
    List<Long> buffers = new ArrayList<>();
    long nullCount = 0;
    if (layout.kind().hasValidity) {
      boolean none = !field.isNullable() || random.nextInt(3) == 0;
      nullCount = none ? 0 : -1;
      buffers.add(none ? 0 : bits(rows, random.nextInt(3) == 0 ? 0.1 : 0.8));
    }
    List<FuzzedNode> children = children(field, layout, rows, buffers);
    FuzzedNode dictionary =
        field.getDictionary() == null
            ? null
            : node(RandomFields.field("values", new ArrowType.Utf8()), 10);
    long known = layout.kind() == Layout.Kind.NULL ? length : nullCount;
    return FuzzedNode.write(
        memory, layout, new long[] {length, known, offset}, buffers, children, dictionary);
  }

  private List<FuzzedNode> children(Field field, Layout layout, int rows, List<Long> buffers) {
    return switch (layout.kind()) {
      case NULL -> List.of();
      case BITS -> {
        buffers.add(bits(rows, 0.5));
        yield List.of();
      }
      case FIXED -> {
        buffers.add(values(rows, layout.width()));
        yield List.of();
      }
      case VARIABLE -> {
        long[] offsets = offsets(rows);
        buffers.add(numbers(layout.width(), offsets));
        buffers.add(text(Math.max(Arrays.stream(offsets).max().orElse(0), 0)));
        yield List.of();
      }
      case VIEW -> {
        views(rows, buffers);
        yield List.of();
      }
      case LIST -> {
        long[] offsets = offsets(rows);
        long last = offsets[rows];
        buffers.add(numbers(layout.width(), offsets));
        yield List.of(node(child(field, 0), Math.clamp(last, 0, FAR)));
      }
      case LIST_VIEW -> listViews(field, layout, rows, buffers);
      case FIXED_LIST -> List.of(node(child(field, 0), (long) rows * layout.width()));
      case STRUCT -> all(field, rows);
      case SPARSE_UNION -> {
        buffers.add(numbers(Byte.BYTES, typeIds(field, rows)));
        yield all(field, rows);
      }
      case DENSE_UNION -> {
        buffers.add(numbers(Byte.BYTES, typeIds(field, rows)));
        buffers.add(numbers(Integer.BYTES, within(rows, 5)));
        yield all(field, 5);
      }
      case RUN_END -> runs(field, rows);
    };
  }

  private static Field child(Field field, int index) {
    return field.getChildren().get(index);
  }

  private List<FuzzedNode> all(Field field, long needed) {
    return field.getChildren().stream().map(child -> node(child, needed)).toList();
  }

  private long bits(int count, double density) {
    long at = buffer((count + 7L) / 8);
    for (int i = 0; i < count; i++) {
      if (random.nextDouble() < density) {
        byte known = ALL.get(JAVA_BYTE, at + i / 8);
        ALL.set(JAVA_BYTE, at + i / 8, (byte) (known | 1 << i % 8));
      }
    }
    return at;
  }

  /** Small ones, which are dates, times and floats as well. */
  private long values(int count, int width) {
    long at = buffer((long) count * width);
    for (int i = 0; i < count; i++) {
      ALL.set(JAVA_BYTE, at + (long) i * width, (byte) random.nextInt(10));
    }
    return at;
  }

  private long text(long count) {
    long at = buffer(count);
    for (int i = 0; i < count; i++) {
      ALL.set(JAVA_BYTE, at + i, (byte) ('a' + i % 26));
    }
    return at;
  }

  private long numbers(int width, long... values) {
    long at = buffer((long) width * values.length);
    for (int i = 0; i < values.length; i++) {
      long to = at + (long) i * width;
      switch (width) {
        case Byte.BYTES -> ALL.set(JAVA_BYTE, to, (byte) values[i]);
        case Short.BYTES -> ALL.set(JAVA_SHORT_UNALIGNED, to, (short) values[i]);
        case Integer.BYTES -> ALL.set(JAVA_INT_UNALIGNED, to, (int) values[i]);
        default -> ALL.set(JAVA_LONG_UNALIGNED, to, values[i]);
      }
    }
    return at;
  }

  private long[] spoiled(long... values) {
    while (values.length > 0 && happens()) {
      values[data.consumeInt(0, values.length - 1)] = data.consumeInt(-5, FAR);
    }
    return values;
  }

  private long[] offsets(int count) {
    long[] offsets = new long[count + 1];
    offsets[0] = random.nextInt(MOST_STEP);
    for (int i = 0; i < count; i++) {
      offsets[i + 1] = offsets[i] + random.nextInt(MOST_STEP);
    }
    return spoiled(offsets);
  }

  private long[] within(int count, int end) {
    return spoiled(random.longs(count, 0, end).toArray());
  }

  private long[] typeIds(Field field, int count) {
    int[] ids = ((ArrowType.Union) field.getType()).getTypeIds();
    return spoiled(random.ints(count, 0, ids.length).mapToLong(i -> ids[i]).toArray());
  }

  private void views(int count, List<Long> buffers) {
    int[] views = new int[4 * count];
    for (int i = 0; i < count; i++) {
      views[4 * i] = random.nextInt(25);
      if (views[4 * i] > 12) {
        views[4 * i + 2] = random.nextInt(2);
        views[4 * i + 3] = random.nextInt(VIEWED_BYTES - 25);
      }
    }
    while (count > 0 && happens()) {
      views[data.consumeInt(0, views.length - 1)] = data.consumeInt(-9, 1 << 20);
    }
    long[] sizes = {VIEWED_BYTES, VIEWED_BYTES};
    while (happens()) {
      sizes[data.consumeInt(0, 1)] = data.consumeInt(-3, VIEWED_BYTES);
    }
    buffers.add(numbers(Integer.BYTES, Arrays.stream(views).asLongStream().toArray()));
    buffers.add(text(VIEWED_BYTES));
    buffers.add(text(VIEWED_BYTES));
    buffers.add(numbers(Long.BYTES, sizes));
  }

  private List<FuzzedNode> listViews(Field field, Layout layout, int rows, List<Long> buffers) {
    long[] offsets = random.longs(rows, 0, 10).toArray();
    long[] sizes = Arrays.stream(offsets).map(from -> random.nextLong(11 - from)).toArray();
    buffers.add(numbers(layout.width(), spoiled(offsets)));
    buffers.add(numbers(layout.width(), spoiled(sizes)));
    return List.of(node(child(field, 0), 10));
  }

  private List<FuzzedNode> runs(Field field, int rows) {
    long[] ends = new long[rows / 2 + 1];
    long end = 0;
    for (int i = 0; i < ends.length; i++) {
      end += 2 + random.nextInt(3);
      ends[i] = end;
    }
    spoiled(ends);
    Layout layout = Layout.of(child(field, 0).getType());
    List<Long> buffers = List.of(0L, numbers(layout.width(), ends));
    long[] numbers = {ends.length, 0, 0};
    FuzzedNode runs = FuzzedNode.write(memory, layout, numbers, buffers, List.of(), null);
    return List.of(runs, node(child(field, 1), ends.length));
  }
}
