package org.dlpack4j;

/** Exact arithmetic on shapes: what does not fit a {@code long} is refused, by the axis. */
final class Extents {

  private Extents() {}

  /** The product of the shape. */
  static long count(long[] shape) {
    long product = 1;
    boolean empty = false;
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] < 0) {
        throw new IllegalArgumentException(
            "shape dimension %d: expected 0 or more but found %d".formatted(axis, shape[axis]));
      }
      empty |= shape[axis] == 0;
      // A zero elsewhere does not excuse a product that wraps: consumers multiply in any order.
      product = product(axis, product, Math.max(shape[axis], 1));
    }
    return empty ? 0 : product;
  }

  /** Strides without gaps, the last dimension fastest. */
  static long[] rowMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(shape[axis], 1);
    }
    return strides;
  }

  static long product(int axis, long a, long b) {
    long product = a * b;
    if (Math.multiplyHigh(a, b) != product >> (Long.SIZE - 1)) {
      throw tooFar(axis, a, 'x', b);
    }
    return product;
  }

  static long sum(int axis, long a, long b) {
    long sum = a + b;
    if (((a ^ sum) & (b ^ sum)) < 0) {
      throw tooFar(axis, a, '+', b);
    }
    return sum;
  }

  private static IllegalArgumentException tooFar(int axis, long a, char operator, long b) {
    return new IllegalArgumentException(
        "shape dimension %d: expected an extent of at most 2^63 - 1 elements but found %d %c %d"
            .formatted(axis, a, operator, b));
  }
}
