package org.dlpack4j.internal;

/**
 * How many elements a shape has and how far its strides reach, in exact arithmetic. Mutable, so
 * that one can measure tensor after tensor without garbage; arrays may be longer than needed.
 */
public final class Extent {

  /** What measuring returns when everything fits a {@code long}; otherwise it returns an axis. */
  public static final int FITS = -1;

  private long elementCount;
  private long lowest;
  private long highest;
  private boolean contiguous;

  /** Of nothing yet. */
  public Extent() {}

  /**
   * Multiplies the sizes.
   *
   * @param ndim the number of dimensions
   * @param shape their sizes
   * @return an axis that is negative, or at which the product is too large, or {@link #FITS}
   */
  public int count(int ndim, long[] shape) {
    elementCount = 0;
    long product = 1;
    boolean empty = false;
    for (int axis = 0; axis < ndim; axis++) {
      empty |= shape[axis] == 0;
      // A zero elsewhere does not excuse a product that wraps: consumers multiply in any order.
      long size = Math.max(shape[axis], 1);
      if (shape[axis] < 0 || Math.multiplyHigh(product, size) != 0 || product * size < 0) {
        return axis;
      }
      product *= size;
    }
    elementCount = empty ? 0 : product;
    return FITS;
  }

  /**
   * Follows the strides, after {@link #count}. Those of dimensions of size 0 or 1 mean nothing and
   * are not looked at.
   *
   * @param ndim the number of dimensions
   * @param shape their sizes
   * @param strides their strides
   * @return the axis at which an element is too far away, or {@link #FITS}
   */
  public int reach(int ndim, long[] shape, long[] strides) {
    lowest = 0;
    highest = 0;
    contiguous = true;
    long expected = 1;
    for (int axis = ndim - 1; axis >= 0 && elementCount != 0; axis--) {
      long last = shape[axis] - 1;
      if (last == 0) {
        continue;
      }
      long stride = strides[axis];
      contiguous &= stride == expected;
      expected *= shape[axis];
      long distance = last * stride;
      if (Math.multiplyHigh(last, stride) != distance >> (Long.SIZE - 1)) {
        return axis;
      }
      // Neither moves towards 0; wrapped, two of the lowest possible distances make 0 itself.
      if (distance < 0) {
        lowest += distance;
        if (lowest >= 0) {
          return axis;
        }
      } else {
        highest += distance;
        if (highest < 0) {
          return axis;
        }
      }
    }
    return FITS;
  }

  /**
   * The product of the shape.
   *
   * @return 0 if some dimension is
   */
  public long elementCount() {
    return elementCount;
  }

  /**
   * The lowest element, counted from the first.
   *
   * @return 0 or less
   */
  public long lowest() {
    return lowest;
  }

  /**
   * The highest element, counted from the first.
   *
   * @return 0 or more
   */
  public long highest() {
    return highest;
  }

  /**
   * Whether the elements lie row-major without gaps.
   *
   * @return true also if there are none
   */
  public boolean isContiguous() {
    return contiguous;
  }

  /**
   * Strides without gaps, the last dimension fastest.
   *
   * @param ndim the number of dimensions
   * @param shape their sizes; their product fits a {@code long}
   * @param strides where the strides go
   */
  public static void rowMajor(int ndim, long[] shape, long[] strides) {
    long stride = 1;
    for (int axis = ndim - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(shape[axis], 1);
    }
  }

  /**
   * Whether two indices may lie on the same element. Sorted by stride, each dimension must step
   * over everything that the smaller ones reach; a layout for which this fails is taken to overlap.
   *
   * @param ndim the number of dimensions
   * @param shape their sizes, none 0
   * @param strides their strides
   * @return false only if no two indices do
   */
  public static boolean mayOverlap(int ndim, long[] shape, long[] strides) {
    long reach = 0;
    // Selected and not sorted, so that there is no garbage: there are few dimensions.
    for (int axis = next(ndim, shape, strides, -1); axis >= 0; ) {
      long step = Math.abs(strides[axis]);
      if (step <= reach) {
        return true;
      }
      reach += (shape[axis] - 1) * step;
      if (reach < 0) {
        return true; // both directions together span more than a long: nobody lays data out so
      }
      axis = next(ndim, shape, strides, axis);
    }
    return false;
  }

  /** The axis of more than one index that comes after another, by stride and then by number. */
  private static int next(int ndim, long[] shape, long[] strides, int after) {
    int best = -1;
    for (int axis = 0; axis < ndim; axis++) {
      if (shape[axis] > 1
          && (after < 0 || isBefore(strides, after, axis))
          && (best < 0 || isBefore(strides, axis, best))) {
        best = axis;
      }
    }
    return best;
  }

  private static boolean isBefore(long[] strides, int a, int b) {
    int order = Long.compareUnsigned(Math.abs(strides[a]), Math.abs(strides[b]));
    return order < 0 || (order == 0 && a < b);
  }
}
