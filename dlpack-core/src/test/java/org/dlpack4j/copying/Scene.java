package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.dlpack4j.DataType;
import org.dlpack4j.RandomLayouts;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.elements.TensorElements;

/**
 * A tensor in memory full of random bytes, some of them around it; and what is in that memory, as
 * an array that is copied into naively, bit by bit.
 */
final class Scene {

  private static final int GUARD = 9;

  final TensorElements elements;
  final byte[] expected;
  private final int bits;

  private Scene(TensorElements elements, int bits) {
    this.elements = elements;
    this.expected = elements.segment().toArray(JAVA_BYTE);
    this.bits = bits;
  }

  /** In a segment of its own that begins and ends some bytes beside the elements. */
  static Scene of(Random random, Arena arena, DataType dataType, TensorLayout layout) {
    int bits = dataType.elementBits();
    long low = layout.isEmpty() ? 0 : (layout.offset() + layout.lowestElement()) * bits;
    long high = layout.isEmpty() ? 0 : (layout.offset() + layout.highestElement() + 1) * bits;
    long base = GUARD + random.nextInt(16) - Math.floorDiv(low, Byte.SIZE);
    byte[] bytes = new byte[(int) (base + Math.ceilDiv(high, Byte.SIZE) + GUARD)];
    random.nextBytes(bytes);
    MemorySegment segment = arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    return new Scene(TensorElements.of(segment, base, dataType, layout, false), bits);
  }

  /** Over elements that are there already. */
  static Scene over(TensorElements elements) {
    return new Scene(elements, elements.dataType().elementBits());
  }

  byte[] actual() {
    return elements.segment().toArray(JAVA_BYTE);
  }

  /** What copying from another scene should leave here. */
  Scene expectCopy(Scene from) {
    expectCopy(from, from.first(), first(), 0);
    return this;
  }

  private void expectCopy(Scene from, long source, long target, int axis) {
    TensorLayout layout = elements.layout();
    if (axis == layout.ndim()) {
      for (int bit = 0; bit < bits; bit++) {
        put(target * bits + bit, from.get(source * bits + bit));
      }
      return;
    }
    for (long i = 0; i < layout.shape(axis); i++) {
      expectCopy(
          from,
          source + i * from.elements.layout().stride(axis),
          target + i * layout.stride(axis),
          axis + 1);
    }
  }

  /** What reversing the bytes of each number of a contiguous tensor should leave here. */
  Scene expectSwapped(int numberBytes) {
    int from = (int) elements.firstElementOffset();
    int end = from + (int) elements.layout().elementCount() * bits / Byte.SIZE;
    for (int at = from; at < end; at += numberBytes) {
      for (int i = 0; i < numberBytes / 2; i++) {
        byte low = expected[at + i];
        expected[at + i] = expected[at + numberBytes - 1 - i];
        expected[at + numberBytes - 1 - i] = low;
      }
    }
    return this;
  }

  private long first() {
    return elements.layout().offset();
  }

  private int get(long bit) {
    long at = elements.base() * Byte.SIZE + bit;
    return (expected[(int) (at / Byte.SIZE)] >>> (at % Byte.SIZE)) & 1;
  }

  private void put(long bit, int value) {
    long at = elements.base() * Byte.SIZE + bit;
    int mask = 1 << (at % Byte.SIZE);
    expected[(int) (at / Byte.SIZE)] &= (byte) ~mask;
    expected[(int) (at / Byte.SIZE)] |= (byte) (value == 0 ? 0 : mask);
  }

  /** Sizes among which every kernel finds its own, together not too many. */
  static long[] shape(Random random) {
    long[] sizes = {1, 2, 3, 4, 5, 8, 17, 33, 64, 70, 130};
    long[] shape = new long[random.nextInt(5)];
    Arrays.fill(shape, 1);
    long most = 8_000;
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = Math.min(sizes[random.nextInt(sizes.length)], most);
      most /= shape[axis];
    }
    if (random.nextInt(30) == 0 && shape.length > 0) {
      shape[random.nextInt(shape.length)] = 0;
    }
    return shape;
  }

  /** A layout of the shape: any order of dimensions, some backwards, some with gaps. */
  static TensorLayout layout(RandomLayouts random, long[] shape) {
    int[] axes = random.axes(shape.length);
    long[] whole = new long[shape.length];
    long[] steps = new long[shape.length];
    int[] back = new int[shape.length];
    for (int i = 0; i < axes.length; i++) {
      back[axes[i]] = i;
      steps[i] = random.random.nextInt(4) == 0 ? random.between(2, 3) : 1;
      whole[i] = shape[axes[i]] * steps[i] + random.between(0, 1) * random.between(0, 2);
    }
    TensorLayout layout = TensorLayout.contiguous(whole);
    for (int i = 0; i < axes.length; i++) {
      long end = shape[axes[i]] * steps[i];
      layout =
          end > 0 && random.random.nextInt(4) == 0
              ? layout.slice(i, end - 1, -1, -steps[i])
              : layout.slice(i, 0, end, steps[i]);
    }
    return layout.permute(back);
  }

  /** The same, and some dimensions repeat one index again and again. */
  static TensorLayout repeating(RandomLayouts random, long[] shape) {
    long[] distinct = shape.clone();
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] > 1 && random.random.nextInt(5) == 0) {
        distinct[axis] = 1;
      }
    }
    return layout(random, distinct).broadcast(shape);
  }
}
