package org.dlpack4j;

import java.util.Arrays;
import org.dlpack4j.internal.Extent;

/** Exact arithmetic on shapes: what does not fit a {@code long} is refused, by the axis. */
final class Extents {

  private Extents() {}

  /** What a layout has and reaches. */
  static Extent measured(long[] shape, long[] strides) {
    Extent extent = counted(shape);
    int axis = extent.reach(shape.length, shape, strides);
    if (axis != Extent.FITS) {
      throw tooFar(axis, "stride " + strides[axis] + " for size " + shape[axis]);
    }
    return extent;
  }

  private static Extent counted(long[] shape) {
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] < 0) {
        throw new IllegalArgumentException(
            "shape dimension %d: expected 0 or more but found %d".formatted(axis, shape[axis]));
      }
    }
    Extent extent = new Extent();
    int axis = extent.count(shape.length, shape);
    if (axis != Extent.FITS) {
      throw tooFar(axis, "size " + shape[axis]);
    }
    return extent;
  }

  /** The product of the shape. */
  static long count(long[] shape) {
    return counted(shape).elementCount();
  }

  /** Strides without gaps, the last dimension fastest. */
  static long[] rowMajor(long[] shape) {
    counted(shape);
    long[] strides = new long[shape.length];
    Extent.rowMajor(shape.length, shape, strides);
    return strides;
  }

  /** Whether one more size leaves the product of a shape, zeros taken for ones, a {@code long}. */
  static boolean fits(long[] shape, long more) {
    long[] sizes = Arrays.copyOf(shape, shape.length + 1);
    sizes[shape.length] = more;
    return new Extent().count(sizes.length, sizes) == Extent.FITS;
  }

  static long product(int axis, long a, long b) {
    long product = a * b;
    if (Math.multiplyHigh(a, b) != product >> (Long.SIZE - 1)) {
      throw tooFar(axis, a + " x " + b);
    }
    return product;
  }

  static long sum(int axis, long a, long b) {
    long sum = a + b;
    if (((a ^ sum) & (b ^ sum)) < 0) {
      throw tooFar(axis, a + " + " + b);
    }
    return sum;
  }

  private static IllegalArgumentException tooFar(int axis, String found) {
    return new IllegalArgumentException(
        "shape dimension %d: expected an extent of at most 2^63 - 1 elements but found %s"
            .formatted(axis, found));
  }
}
