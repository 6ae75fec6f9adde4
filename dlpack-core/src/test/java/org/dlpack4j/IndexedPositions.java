package org.dlpack4j;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * The oracle for layouts: the position of every element, found by walking all indices, in row-major
 * order. Views are made by looking positions up, never by arithmetic on strides.
 */
final class IndexedPositions {

  final long[] shape;
  final long[] positions;

  private IndexedPositions(long[] shape, long[] positions) {
    this.shape = shape;
    this.positions = positions;
  }

  static IndexedPositions of(TensorLayout layout) {
    return build(
        layout.shape(),
        index -> {
          long position = layout.offset();
          for (int axis = 0; axis < index.length; axis++) {
            position += index[axis] * layout.stride(axis);
          }
          return position;
        });
  }

  /** The view whose index {@code i} is this one's index {@code toOld(i)}. */
  IndexedPositions view(long[] newShape, UnaryOperator<long[]> toOld) {
    return build(newShape, index -> at(toOld.apply(index)));
  }

  IndexedPositions reshaped(long... newShape) {
    return new IndexedPositions(newShape, positions);
  }

  long at(long... index) {
    long flat = 0;
    for (int axis = 0; axis < index.length; axis++) {
      flat = flat * shape[axis] + index[axis];
    }
    return positions[(int) flat];
  }

  boolean overlaps() {
    return Arrays.stream(positions).distinct().count() < positions.length;
  }

  boolean isOneRun() {
    for (int i = 1; i < positions.length; i++) {
      if (positions[i] != positions[0] + i) {
        return false;
      }
    }
    return true;
  }

  /** Whether any strides at all give these positions: those that the first steps show, or none. */
  boolean hasStrides() {
    if (positions.length == 0) {
      return true;
    }
    long[] strides = new long[shape.length];
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] > 1) {
        long[] second = new long[shape.length];
        second[axis] = 1;
        strides[axis] = at(second) - positions[0];
      }
    }
    IndexedPositions linear =
        build(
            shape,
            index -> {
              long position = positions[0];
              for (int axis = 0; axis < index.length; axis++) {
                position += index[axis] * strides[axis];
              }
              return position;
            });
    return Arrays.equals(linear.positions, positions);
  }

  private static IndexedPositions build(long[] shape, PositionOf positionOf) {
    long count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    long[] positions = new long[Math.toIntExact(count)];
    long[] index = new long[shape.length];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = positionOf.apply(index.clone());
      advance(index, shape);
    }
    return new IndexedPositions(shape, positions);
  }

  private static void advance(long[] index, long[] shape) {
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) {
        return;
      }
      index[axis] = 0;
    }
  }

  private interface PositionOf {
    long apply(long[] index);
  }
}
