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
      while (count != newCount || (to < shape.length && shape[to] == 1)) {
        if (count <= newCount && to < shape.length) {
          count *= shape[to++];
        } else {
          newCount *= newShape[newTo++];
        }
      }
      long step = runStep(shape, strides, from, to);
      if (count > 1 && step == NO_RUN) {
        return NONE;
      }
      for (int axis = newTo - 1; axis >= newFrom; axis--) {
        newStrides[axis] = count > 1 ? step : 1;
        step *= newShape[axis];
      }
      from = to;
      newFrom = newTo;
    }
    return newStrides;
  }

  private static final long NO_RUN = Long.MIN_VALUE;

  /** The step of the one run that the dimensions form, or NO_RUN. */
  private static long runStep(long[] shape, long[] strides, int from, int to) {
    long step = NO_RUN;
    long expected = NO_RUN;
    for (int axis = to - 1; axis >= from; axis--) {
      if (shape[axis] == 1) {
        continue;
      }
      if (step == NO_RUN) {
        step = strides[axis];
      } else if (strides[axis] != expected) {
        return NO_RUN;
      }
      expected = strides[axis] * shape[axis];
    }
    return step;
  }
}
