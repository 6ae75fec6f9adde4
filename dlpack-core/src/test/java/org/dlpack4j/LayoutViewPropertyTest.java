package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Every view algebra operation against positions found by brute force. */
class LayoutViewPropertyTest {

  private static final int CASES = 2000;

  @Test
  void reachesExactlyTheElementsThatItsIndicesReach() {
    RandomLayouts.forEach(
        1,
        CASES,
        layouts -> {
          TensorLayout layout = layouts.next();
          long[] positions = IndexedPositions.of(layout).positions;
          long first = layout.offset();

          assertThat(layout.elementCount()).as("%s", layout).isEqualTo(positions.length);
          assertThat(layout.lowestElement())
              .as("lowest of %s", layout)
              .isEqualTo(Arrays.stream(positions).min().orElse(first) - first);
          assertThat(layout.highestElement())
              .as("highest of %s", layout)
              .isEqualTo(Arrays.stream(positions).max().orElse(first) - first);
        });
  }

  @Test
  void isContiguousExactlyWhenItsElementsAreOneRun() {
    RandomLayouts.forEach(
        2,
        CASES,
        layouts -> {
          TensorLayout layout = layouts.next();
          assertThat(layout.isContiguous())
              .as("%s", layout)
              .isEqualTo(IndexedPositions.of(layout).isOneRun());
        });
  }

  @Test
  void neverMissesAnOverlap() {
    RandomLayouts.forEach(
        3,
        2 * CASES,
        layouts -> {
          TensorLayout layout = layouts.next();
          if (IndexedPositions.of(layout).overlaps()) {
            assertThat(layout.mayOverlap()).as("%s", layout).isTrue();
          }
        });
  }

  @Test
  void findsNoOverlapInViewsOfContiguousMemory() {
    RandomLayouts.forEach(
        4,
        CASES,
        layouts -> {
          TensorLayout layout = TensorLayout.contiguous(layouts.shape(3)).permute(layouts.axes(3));
          assertThat(layout.mayOverlap()).as("%s", layout).isFalse();
          assertThat(layout.slice(1, 0, layout.shape(1), 2).mayOverlap())
              .as("every other of %s", layout)
              .isFalse();
        });
  }

  @Test
  void slicesToTheSameElements() {
    RandomLayouts.forEach(
        5,
        CASES,
        layouts -> {
          TensorLayout layout = layouts.next();
          if (layout.ndim() == 0) {
            return;
          }
          int axis = layouts.random.nextInt(layout.ndim());
          long size = layout.shape(axis);
          boolean forwards = size == 0 || layouts.random.nextBoolean();
          long step = forwards ? layouts.between(1, 3) : -layouts.between(1, 3);
          long from = layouts.between(0, forwards ? size : size - 1);
          long to = layouts.between(forwards ? 0 : -1, size);
          long[] shape = layout.shape();
          shape[axis] = countSteps(from, to, step);

          TensorLayout slice = layout.slice(axis, from, to, step);

          assertSame(
              slice,
              IndexedPositions.of(layout)
                  .view(
                      shape,
                      index -> {
                        index[axis] = from + index[axis] * step;
                        return index;
                      }),
              layout + " sliced at " + axis + " from " + from + " to " + to + " by " + step);
        });
  }

  private static long countSteps(long from, long to, long step) {
    long count = 0;
    for (long i = from; step > 0 ? i < to : i > to; i += step) {
      count++;
    }
    return count;
  }

  @Test
  void selectsTheSameElements() {
    RandomLayouts.forEach(
        6,
        CASES,
        layouts -> {
          TensorLayout layout = layouts.next();
          if (layout.ndim() == 0) {
            return;
          }
          int axis = layouts.random.nextInt(layout.ndim());
          if (layout.shape(axis) == 0) {
            return;
          }
          long selected = layouts.between(0, layout.shape(axis) - 1);

          assertSame(
              layout.select(axis, selected),
              IndexedPositions.of(layout)
                  .view(without(layout.shape(), axis), index -> with(index, axis, selected)),
              layout + " selected at " + axis + ": " + selected);
        });
  }

  private static long[] without(long[] values, int axis) {
    long[] rest = new long[values.length - 1];
    System.arraycopy(values, 0, rest, 0, axis);
    System.arraycopy(values, axis + 1, rest, axis, rest.length - axis);
    return rest;
  }

  private static long[] with(long[] values, int axis, long value) {
    long[] all = new long[values.length + 1];
    System.arraycopy(values, 0, all, 0, axis);
    all[axis] = value;
    System.arraycopy(values, axis, all, axis + 1, values.length - axis);
    return all;
  }

  @Test
  void permutesTheSameElements() {
    RandomLayouts.forEach(
        7,
        CASES,
        layouts -> {
          TensorLayout layout = layouts.next();
          int[] axes = layouts.axes(layout.ndim());
          long[] shape = Arrays.stream(axes).mapToLong(layout::shape).toArray();

          assertSame(
              layout.permute(axes),
              IndexedPositions.of(layout)
                  .view(
                      shape,
                      index -> {
                        long[] old = new long[axes.length];
                        for (int i = 0; i < axes.length; i++) {
                          old[axes[i]] = index[i];
                        }
                        return old;
                      }),
              layout + " permuted by " + Arrays.toString(axes));
        });
  }

  @Test
  void reshapesToTheSameSequenceAndRefusesOnlyWhatNoStridesCanDo() {
    RandomLayouts.forEach(
        8,
        3 * CASES,
        layouts -> {
          TensorLayout layout = layouts.next();
          long[] newShape = layouts.shapeOf(layout.elementCount());
          IndexedPositions expected = IndexedPositions.of(layout).reshaped(newShape);
          String what = layout + " reshaped to " + Arrays.toString(newShape);

          if (expected.hasStrides()) {
            assertSame(layout.reshape(newShape), expected, what);
          } else {
            assertThatIllegalArgumentException()
                .as(what)
                .isThrownBy(() -> layout.reshape(newShape))
                .withMessageEndingWith("copy to a contiguous tensor first");
          }
        });
  }

  @Test
  void broadcastsTheSameElements() {
    RandomLayouts.forEach(
        9,
        CASES,
        layouts -> {
          TensorLayout layout = layouts.next();
          int added = layouts.random.nextInt(3);
          long[] newShape = layouts.shape(added + layout.ndim());
          for (int axis = 0; axis < layout.ndim(); axis++) {
            if (layout.shape(axis) != 1) {
              newShape[added + axis] = layout.shape(axis);
            }
          }

          assertSame(
              layout.broadcast(newShape),
              IndexedPositions.of(layout)
                  .view(
                      newShape,
                      index -> {
                        long[] old = Arrays.copyOfRange(index, added, index.length);
                        for (int axis = 0; axis < old.length; axis++) {
                          old[axis] = layout.shape(axis) == 1 ? 0 : old[axis];
                        }
                        return old;
                      }),
              layout + " broadcast to " + Arrays.toString(newShape));
        });
  }

  private static void assertSame(TensorLayout view, IndexedPositions expected, String what) {
    assertThat(view.shape()).as(what).containsExactly(expected.shape);
    assertThat(IndexedPositions.of(view).positions).as(what).containsExactly(expected.positions);
  }
}
