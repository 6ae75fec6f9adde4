package org.dlpack4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Small layouts, the same ones in every run. */
public final class RandomLayouts {

  /** Of the same seed. */
  public final Random random;

  RandomLayouts(long seed) {
    this.random = new Random(seed);
  }

  /** Checks a property with so many seeds. */
  public static void forEach(long seed, int count, Consumer<? super RandomLayouts> property) {
    for (int i = 0; i < count; i++) {
      property.accept(new RandomLayouts(seed + i));
    }
  }

  /** Of any strides, or a view of a contiguous one: both kinds matter to reshape. */
  public TensorLayout next() {
    long[] shape = shape(random.nextInt(5));
    if (random.nextBoolean()) {
      return TensorLayout.strided(shape, random.longs(shape.length, -6, 7).toArray());
    }
    TensorLayout layout = TensorLayout.contiguous(shape);
    if (random.nextBoolean()) {
      layout = layout.permute(axes(layout.ndim()));
    }
    if (layout.ndim() > 0 && random.nextBoolean()) {
      int axis = random.nextInt(layout.ndim());
      long size = layout.shape(axis);
      layout =
          size == 0 || random.nextBoolean()
              ? layout.slice(axis, 0, size, 1 + random.nextInt(2))
              : layout.slice(axis, size - 1, -1, -1);
    }
    return layout;
  }

  /** Sizes from 0 to 4, small ones more often than empty ones. */
  long[] shape(int ndim) {
    return random
        .ints(ndim, 0, 16)
        .mapToLong(i -> new long[] {0, 1, 1, 1}[i % 4] + i / 4)
        .toArray();
  }

  /** All axes in any order. */
  public int[] axes(int ndim) {
    List<Integer> axes = new ArrayList<>(IntStream.range(0, ndim).boxed().toList());
    Collections.shuffle(axes, random);
    return axes.stream().mapToInt(Integer::intValue).toArray();
  }

  /** From low to high, both included. */
  public long between(long low, long high) {
    return random.nextLong(low, high + 1);
  }

  /** A shape of as many elements, with some dimensions of one. */
  long[] shapeOf(long count) {
    if (count == 0) {
      return new long[] {between(0, 3), 0};
    }
    List<Long> sizes = new ArrayList<>();
    long left = count;
    while (left > 1) {
      long divided = left;
      long[] divisors =
          IntStream.rangeClosed(1, (int) left)
              .filter(i -> divided % i == 0)
              .asLongStream()
              .toArray();
      long size = divisors[random.nextInt(divisors.length)];
      sizes.add(size);
      left /= size;
    }
    while (random.nextInt(3) == 0) {
      sizes.add(random.nextInt(sizes.size() + 1), 1L);
    }
    return sizes.stream().mapToLong(Long::longValue).toArray();
  }
}
