package org.dlpack4j;

/**
 * Finds strides for another shape over the same elements, if there are any.
 *
 * <p>Old and new dimensions are matched from the left in groups of equal element count. Within an
 * old group every stride must be the product of what follows, so that the group is one run of equal
 * steps; the new dimensions then divide that run.
 */
final class Reshaping {

  private static final long[] NONE = {};

  private Reshaping() {}

  /**
   * Strides for the new shape; none if only a copy can do it. Neither shape is empty, and both have
   * the same number of elements.
   */
  static long[] strides(long[] shape, long[] strides, long[] newShape) {
    long[] newStrides = new long[newShape.length];
    int from = 0;
    int newFrom = 0;
    while (newFrom < newShape.length) {
      int to = from;
      int newTo = newFrom;
      long count = 1;
      long newCount = newShape[newTo++];
      while (count != newCount) {
        if (count < newCount) {
          count *= shape[to++];
        } else {
          newCount *= newShape[newTo++];
        }
      }
      if (!isRun(shape, strides, from, to)) {
        return NONE;
      }
      long step = innermostStep(shape, strides, from, to);
      for (int axis = newTo - 1; axis >= newFrom; axis--) {
        newStrides[axis] = step;
        step *= newShape[axis];
      }
      from = to;
      newFrom = newTo;
    }
    return newStrides;
  }

  /** Whether each dimension steps over exactly what the ones inside it reach. */
  private static boolean isRun(long[] shape, long[] strides, int from, int to) {
    boolean first = true;
    long expected = 0;
    for (int axis = to - 1; axis >= from; axis--) {
      if (shape[axis] != 1) {
        if (!first && strides[axis] != expected) {
          return false;
        }
        first = false;
        expected = strides[axis] * shape[axis];
      }
    }
    return true;
  }

  /** The step of the innermost dimension that has any; 1 if none has. */
  private static long innermostStep(long[] shape, long[] strides, int from, int to) {
    for (int axis = to - 1; axis >= from; axis--) {
      if (shape[axis] != 1) {
        return strides[axis];
      }
    }
    return 1;
  }
}
