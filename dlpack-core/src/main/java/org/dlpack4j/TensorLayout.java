package org.dlpack4j;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.dlpack4j.internal.Extent;

/**
 * How the elements of a tensor lie: shape, strides and the element where the tensor starts, all
 * counted in elements. Immutable. Every view is a new layout over the same bytes.
 *
 * <p>Strides of dimensions of size 0 or 1 mean nothing and are never looked at; an empty tensor is
 * contiguous. Arithmetic is exact: what does not fit a {@code long} is refused.
 */
public final class TensorLayout {

  private final long[] shape;
  private final long[] strides;
  private final long offset;
  private final long elementCount;
  private final long lowest;
  private final long highest;
  private final boolean contiguous;

  private TensorLayout(long[] shape, long[] strides, long offset) {
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    Extent extent = Extents.measured(shape, strides);
    this.elementCount = extent.elementCount();
    this.lowest = extent.lowest();
    this.highest = extent.highest();
    this.contiguous = extent.isContiguous();
  }

  /** Row-major. */
  private TensorLayout(long[] shape) {
    this.shape = shape;
    this.offset = 0;
    this.elementCount = Extents.count(shape);
    this.strides = new long[shape.length];
    Extent.rowMajor(shape.length, shape, strides);
    this.lowest = 0;
    this.highest = Math.max(elementCount - 1, 0);
    this.contiguous = true;
  }

  /**
   * Row-major and without gaps.
   *
   * @param shape the size of every dimension; none for a scalar
   * @return the layout
   * @throws IllegalArgumentException if a dimension is negative or the sizes multiply beyond a
   *     {@code long}
   */
  public static TensorLayout contiguous(long... shape) {
    return new TensorLayout(shape.clone());
  }

  /**
   * Any strides, zero and negative ones included.
   *
   * @param shape the size of every dimension
   * @param strides the elements from one index to the next, for every dimension
   * @return the layout, starting at element 0
   * @throws IllegalArgumentException if the lengths differ, a dimension is negative, or the extent
   *     is beyond a {@code long}
   */
  public static TensorLayout strided(long[] shape, long[] strides) {
    if (shape.length != strides.length) {
      throw new IllegalArgumentException(
          "strides: expected %d, one for each dimension, but found %d"
              .formatted(shape.length, strides.length));
    }
    return new TensorLayout(shape.clone(), strides.clone(), 0);
  }

  /**
   * The number of dimensions.
   *
   * @return 0 for a scalar
   */
  public int ndim() {
    return shape.length;
  }

  /**
   * The size of one dimension.
   *
   * @param axis from 0 to {@code ndim() - 1}
   * @return its size
   */
  public long shape(int axis) {
    return shape[axis];
  }

  /**
   * The elements from one index of a dimension to the next.
   *
   * @param axis from 0 to {@code ndim() - 1}
   * @return its stride
   */
  public long stride(int axis) {
    return strides[axis];
  }

  /**
   * All sizes.
   *
   * @return a copy
   */
  public long[] shape() {
    return shape.clone();
  }

  /**
   * All strides.
   *
   * @return a copy
   */
  public long[] strides() {
    return strides.clone();
  }

  /**
   * Where element [0, …, 0] lies, counted from the layout's base.
   *
   * @return elements, 0 unless this is a view of another layout
   */
  public long offset() {
    return offset;
  }

  /**
   * How many elements there are.
   *
   * @return the product of the shape, 1 for a scalar
   */
  public long elementCount() {
    return elementCount;
  }

  /**
   * Whether there is nothing to read.
   *
   * @return true if some dimension is 0
   */
  public boolean isEmpty() {
    return elementCount == 0;
  }

  /**
   * Whether the elements lie row-major without gaps.
   *
   * @return true also for empty tensors and whatever the strides of size-1 dimensions are
   */
  public boolean isContiguous() {
    return contiguous;
  }

  /**
   * The lowest element that an index reaches, counted from element [0, …, 0].
   *
   * @return 0 or less; below 0 where strides are negative
   */
  public long lowestElement() {
    return lowest;
  }

  /**
   * The highest element that an index reaches, counted from element [0, …, 0].
   *
   * @return 0 or more
   */
  public long highestElement() {
    return highest;
  }

  /**
   * Whether two indices may lie on the same element. Sorted by stride, each dimension must step
   * over everything that the smaller ones reach; a layout for which this fails is taken to overlap.
   *
   * @return false only if no two indices do
   */
  public boolean mayOverlap() {
    return !contiguous && Extent.mayOverlap(shape.length, shape, strides);
  }

  /**
   * The part of one dimension from an index to another, every so many.
   *
   * @param axis the dimension
   * @param from the first index; with a negative step, -1 in a dimension without any
   * @param to the index to stop before; with a negative step it may be -1
   * @param step how far to the next one, not 0; negative to walk backwards
   * @return the view
   * @throws IndexOutOfBoundsException if the axis or an index is outside
   * @throws IllegalArgumentException if the step is 0
   */
  public TensorLayout slice(int axis, long from, long to, long step) {
    checkAxis(axis);
    if (step == 0) {
      throw new IllegalArgumentException("slice step: expected any but 0");
    }
    long size = shape[axis];
    long lowest = step > 0 ? 0 : -1;
    if (from < lowest || from > size || to < lowest || to > size) {
      throw new IndexOutOfBoundsException(
          "slice of dimension %d: expected indices within its size %d but found %d to %d"
              .formatted(axis, size, from, to));
    }
    boolean none = step > 0 ? from >= to : from <= to;
    if (!none && from == size) {
      throw new IndexOutOfBoundsException(
          "slice of dimension " + axis + ": index " + from + " is its size");
    }
    // Unsigned, so that a step of Long.MIN_VALUE is its own magnitude.
    long count = none ? 0 : Long.divideUnsigned(Math.abs(to - from) - 1, Math.abs(step)) + 1;
    long[] sizes = shape.clone();
    long[] steps = strides.clone();
    sizes[axis] = count;
    steps[axis] =
        count > 1 && !isEmpty() ? Extents.product(axis, strides[axis], step) : strides[axis];
    return new TensorLayout(sizes, steps, count > 0 ? at(axis, from) : offset);
  }

  /**
   * One index of a dimension; the dimension goes.
   *
   * @param axis the dimension
   * @param index the index
   * @return the view
   * @throws IndexOutOfBoundsException if the axis or the index is outside
   */
  public TensorLayout select(int axis, long index) {
    checkAxis(axis);
    if (index < 0 || index >= shape[axis]) {
      throw new IndexOutOfBoundsException(
          "index of dimension %d: expected 0 to %d but found %d"
              .formatted(axis, shape[axis] - 1, index));
    }
    return new TensorLayout(
        without(shape, axis), without(strides, axis), isEmpty() ? offset : at(axis, index));
  }

  private long at(int axis, long index) {
    return isEmpty()
        ? offset
        : Extents.sum(axis, offset, Extents.product(axis, index, strides[axis]));
  }

  private static long[] without(long[] values, int axis) {
    return IntStream.range(0, values.length)
        .filter(i -> i != axis)
        .mapToLong(i -> values[i])
        .toArray();
  }

  /**
   * All dimensions in reverse order.
   *
   * @return the view
   */
  public TensorLayout transpose() {
    return permute(
        IntStream.iterate(shape.length - 1, axis -> axis >= 0, axis -> axis - 1).toArray());
  }

  /**
   * The dimensions in another order.
   *
   * @param axes every axis once
   * @return the view
   * @throws IllegalArgumentException if the axes are not a permutation
   */
  public TensorLayout permute(int... axes) {
    int[] sorted = axes.clone();
    Arrays.sort(sorted);
    if (!Arrays.equals(sorted, IntStream.range(0, shape.length).toArray())) {
      throw new IllegalArgumentException(
          "axes: expected each of 0 to %d once but found %s"
              .formatted(shape.length - 1, Arrays.toString(axes)));
    }
    return new TensorLayout(
        Arrays.stream(axes).mapToLong(axis -> shape[axis]).toArray(),
        Arrays.stream(axes).mapToLong(axis -> strides[axis]).toArray(),
        offset);
  }

  /**
   * The same elements, in the same order, under another shape.
   *
   * @param newShape as many elements as before
   * @return the view
   * @throws IllegalArgumentException if the count differs, or if only a copy could do it
   */
  public TensorLayout reshape(long... newShape) {
    long[] sizes = newShape.clone();
    if (Extents.count(sizes) != elementCount) {
      throw new IllegalArgumentException(
          "shape: expected " + elementCount + " elements but found " + Arrays.toString(newShape));
    }
    long[] steps =
        isEmpty() || contiguous
            ? Extents.rowMajor(sizes)
            : Reshaping.strides(shape, strides, sizes);
    if (steps.length != sizes.length) {
      throw new IllegalArgumentException(
          "shape: expected one that keeps the strides of %s but found %s; copy to a contiguous tensor first"
              .formatted(this, Arrays.toString(newShape)));
    }
    return new TensorLayout(sizes, steps, offset);
  }

  /**
   * The tensor repeated along new leading dimensions and along those of size 1, by strides of 0.
   *
   * @param newShape the shape to reach
   * @return the view, in which several indices may lie on one element
   * @throws IllegalArgumentException if a dimension that is not 1 would change
   */
  public TensorLayout broadcast(long... newShape) {
    long[] sizes = newShape.clone();
    long[] steps = new long[sizes.length];
    int added = sizes.length - shape.length;
    if (added < 0) {
      throw new IllegalArgumentException(
          "shape: expected at least " + shape.length + " dimensions but found " + sizes.length);
    }
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] == sizes[added + axis]) {
        steps[added + axis] = strides[axis];
      } else if (shape[axis] != 1) {
        throw new IllegalArgumentException(
            "shape dimension %d: expected %d, as only a dimension of 1 can be repeated, but found %d"
                .formatted(added + axis, shape[axis], sizes[added + axis]));
      }
    }
    return new TensorLayout(sizes, steps, offset);
  }

  /**
   * The parts of every element, where an element is a row of equal ones: the lanes of a vector
   * type, the halves of a complex number. They are one more dimension, the last.
   *
   * @param parts how many an element has, 0 or more; of no elements 0, if the other sizes leave no
   *     room for them
   * @return the view, whose strides and offset count parts
   * @throws IllegalArgumentException if the parts are fewer than 0 or the extent is beyond a {@code
   *     long}
   */
  public TensorLayout split(int parts) {
    int ndim = shape.length;
    long[] sizes = Arrays.copyOf(shape, ndim + 1);
    long[] steps = Arrays.copyOf(strides, ndim + 1);
    sizes[ndim] = isEmpty() && !Extents.fits(shape, parts) ? 0 : parts;
    steps[ndim] = 1;
    for (int axis = 0; axis < ndim; axis++) {
      if (shape[axis] > 1 && !isEmpty()) {
        steps[axis] = Extents.product(axis, strides[axis], parts);
      }
    }
    return new TensorLayout(sizes, steps, isEmpty() ? 0 : Extents.product(ndim, offset, parts));
  }

  /**
   * Writes shape, then strides, as two arrays of {@code int64_t} that follow one another.
   *
   * @param target where to
   * @param at the offset in the target
   */
  public void writeTo(MemorySegment target, long at) {
    if (shape.length == 1) {
      // A column, by far the most frequent: worth a tenth of an export.
      target.set(ValueLayout.JAVA_LONG_UNALIGNED, at, shape[0]);
      target.set(ValueLayout.JAVA_LONG_UNALIGNED, at + Long.BYTES, strides[0]);
      return;
    }
    long stridesAt = at + (long) shape.length * Long.BYTES;
    for (int axis = 0; axis < shape.length; axis++) {
      long byteOffset = (long) axis * Long.BYTES;
      target.set(ValueLayout.JAVA_LONG_UNALIGNED, at + byteOffset, shape[axis]);
      target.set(ValueLayout.JAVA_LONG_UNALIGNED, stridesAt + byteOffset, strides[axis]);
    }
  }

  private void checkAxis(int axis) {
    if (axis < 0 || axis >= shape.length) {
      throw new IndexOutOfBoundsException(
          "axis: expected 0 to " + (shape.length - 1) + " but found " + axis);
    }
  }

  /** Equal if shape, strides and offset are. */
  @Override
  public boolean equals(Object other) {
    return other instanceof TensorLayout that
        && offset == that.offset
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(strides, that.strides);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Arrays.hashCode(shape) + Arrays.hashCode(strides)) + Long.hashCode(offset);
  }

  /** Shape and, where they say more, strides and offset: {@code [2, 3] strides [1, 2] offset 4}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(Arrays.toString(shape));
    if (!contiguous) {
      text.append(" strides ").append(Arrays.toString(strides));
    }
    if (offset != 0) {
      text.append(" offset ").append(offset);
    }
    return text.toString();
  }
}
