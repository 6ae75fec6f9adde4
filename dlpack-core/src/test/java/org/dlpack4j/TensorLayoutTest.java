package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class TensorLayoutTest {

  private static final long MAX = Long.MAX_VALUE;
  private static final long MIN = Long.MIN_VALUE;

  @Test
  void laysContiguousElementsRowMajor() {
    TensorLayout layout = TensorLayout.contiguous(2, 3, 4);

    assertThat(layout.ndim()).isEqualTo(3);
    assertThat(layout.shape()).containsExactly(2, 3, 4);
    assertThat(layout.strides()).containsExactly(12, 4, 1);
    assertThat(layout.shape(1)).isEqualTo(3);
    assertThat(layout.stride(1)).isEqualTo(4);
    assertThat(layout.elementCount()).isEqualTo(24);
    assertThat(layout.offset()).isZero();
    assertThat(layout.lowestElement()).isZero();
    assertThat(layout.highestElement()).isEqualTo(23);
    assertThat(layout.isContiguous()).isTrue();
    assertThat(layout.isEmpty()).isFalse();
  }

  @Test
  void isAScalarWithoutDimensions() {
    TensorLayout scalar = TensorLayout.contiguous();

    assertThat(scalar.ndim()).isZero();
    assertThat(scalar.elementCount()).isEqualTo(1);
    assertThat(scalar.isEmpty()).isFalse();
    assertThat(scalar.isContiguous()).isTrue();
    assertThat(scalar.mayOverlap()).isFalse();
    assertThat(scalar.highestElement()).isZero();
    assertThat(scalar).hasToString("[]");
  }

  @Test
  void ignoresTheStridesOfDimensionsOfSizeOne() {
    assertThat(strided(shape(2, 1, 3), 3, 77, 1).isContiguous()).isTrue();
    assertThat(strided(shape(1, 1), MIN, MAX).isContiguous()).isTrue();
    assertThat(strided(shape(1, 1), MIN, MAX).highestElement()).isZero();
    assertThat(strided(shape(1), 0).mayOverlap()).isFalse();
  }

  @Test
  void isContiguousWhenEmptyWhateverTheStrides() {
    TensorLayout empty = strided(shape(0, 3, 5), MAX, MAX, MIN);

    assertThat(empty.isEmpty()).isTrue();
    assertThat(empty.elementCount()).isZero();
    assertThat(empty.isContiguous()).isTrue();
    assertThat(empty.mayOverlap()).isFalse();
    assertThat(empty.lowestElement()).isZero();
    assertThat(empty.highestElement()).isZero();
  }

  @Test
  void isNotContiguousWithGapsRepeatsOrAnotherOrder() {
    assertThat(strided(shape(2, 3), 4, 1).isContiguous()).isFalse();
    assertThat(strided(shape(2, 3), 1, 2).isContiguous()).isFalse();
    assertThat(strided(shape(2, 3), 0, 1).isContiguous()).isFalse();
    assertThat(strided(shape(2, 3), -3, -1).isContiguous()).isFalse();
  }

  @Test
  void reachesBelowTheFirstElementWithNegativeStrides() {
    TensorLayout layout = strided(shape(3, 4), -10, 2);

    assertThat(layout.lowestElement()).isEqualTo(-20);
    assertThat(layout.highestElement()).isEqualTo(6);
  }

  @Test
  void reachesTheEdgesOfALong() {
    assertThat(strided(shape(2), MAX).highestElement()).isEqualTo(MAX);
    assertThat(strided(shape(2), MIN).lowestElement()).isEqualTo(MIN);
    assertThat(strided(shape(MAX), 1).highestElement()).isEqualTo(MAX - 1);
    assertThat(strided(shape(MAX), -1).lowestElement()).isEqualTo(-MAX + 1);
    assertThat(strided(shape(2, 2), MIN, MAX).lowestElement()).isEqualTo(MIN);
    assertThat(strided(shape(2, 2), MIN, MAX).highestElement()).isEqualTo(MAX);
    assertThat(TensorLayout.contiguous(MAX).elementCount()).isEqualTo(MAX);
  }

  @Test
  void refusesAnExtentBeyondALong() {
    assertRefused(shape(3), new long[] {MAX}, 0, "stride " + MAX + " for size 3");
    assertRefused(shape(3), new long[] {MIN}, 0, "stride " + MIN + " for size 3");
    assertRefused(shape(MAX), new long[] {MIN}, 0, "stride " + MIN + " for size " + MAX);
    assertRefused(shape(2, 2), new long[] {1, MAX}, 0, "stride 1 for size 2");
    assertRefused(shape(2, 2), new long[] {-1, MIN}, 0, "stride -1 for size 2");
  }

  private static void assertRefused(long[] shape, long[] strides, int axis, String found) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorLayout.strided(shape, strides))
        .withMessage(
            "shape dimension %d: expected an extent of at most 2^63 - 1 elements but found %s",
            axis, found);
  }

  @Test
  void refusesSizesThatMultiplyBeyondALongEvenBesideAZero() {
    long half = 1L << 32;
    for (long[] sizes : new long[][] {{half / 2, half}, {0, half, half}, {half, half, 0}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TensorLayout.contiguous(sizes))
          .withMessageContaining(
              "expected an extent of at most 2^63 - 1 elements but found size " + half);
    }
    assertThat(TensorLayout.contiguous(0, half, half / 4).isEmpty()).isTrue();
    assertThat(TensorLayout.contiguous(half, half / 4).elementCount()).isEqualTo(1L << 62);
  }

  @Test
  void refusesNegativeSizes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorLayout.contiguous(2, -1))
        .withMessage("shape dimension 1: expected 0 or more but found -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> strided(shape(0, MIN), 1, 1))
        .withMessage("shape dimension 1: expected 0 or more but found " + MIN);
  }

  @Test
  void refusesAnotherNumberOfStridesThanDimensions() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> strided(shape(2, 3), 1))
        .withMessage("strides: expected 2, one for each dimension, but found 1");
  }

  @Test
  void seesWhereIndicesMayMeet() {
    assertThat(strided(shape(4), 0).mayOverlap()).isTrue();
    assertThat(strided(shape(3, 4), 3, 1).mayOverlap()).as("sliding window").isTrue();
    assertThat(strided(shape(2, 2), 1, -1).mayOverlap()).isTrue();
    assertThat(strided(shape(2, 3), 1, 2).mayOverlap()).as("column-major").isFalse();
    assertThat(strided(shape(2, 3), -3, 1).mayOverlap()).isFalse();
    assertThat(strided(shape(2, 3), 100, 7).mayOverlap()).as("gaps").isFalse();
  }

  @Test
  void takesLayoutsBeyondArithmeticToOverlap() {
    assertThat(strided(shape(2), MIN).mayOverlap()).isTrue();
    assertThat(strided(shape(2, 2), MIN, MAX).mayOverlap()).isTrue();
    assertThat(strided(shape(2), MAX).mayOverlap()).isFalse();
  }

  @Test
  void keepsItsOwnCopiesOfArrays() {
    long[] shape = {2, 3};
    long[] strides = {3, 1};
    TensorLayout layout = TensorLayout.strided(shape, strides);
    TensorLayout contiguous = TensorLayout.contiguous(shape);

    shape[0] = 9;
    strides[0] = 9;
    layout.shape()[1] = 9;
    layout.strides()[1] = 9;

    assertThat(layout.shape()).containsExactly(2, 3);
    assertThat(layout.strides()).containsExactly(3, 1);
    assertThat(contiguous.shape()).containsExactly(2, 3);
  }

  @Test
  void isEqualByShapeStridesAndOffset() {
    TensorLayout layout = TensorLayout.contiguous(2, 3);

    assertThat(layout)
        .isEqualTo(strided(shape(2, 3), 3, 1))
        .hasSameHashCodeAs(strided(shape(2, 3), 3, 1));
    assertThat(layout).isNotEqualTo(TensorLayout.contiguous(3, 2));
    assertThat(layout).isNotEqualTo(strided(shape(2, 3), 1, 2));
    assertThat(layout.slice(0, 0, 1, 1)).isNotEqualTo(layout.slice(0, 1, 2, 1));
    assertThat(layout).isNotEqualTo("[2, 3]");
  }

  @Test
  void saysStridesAndOffsetWhereTheySayMore() {
    assertThat(TensorLayout.contiguous(2, 3)).hasToString("[2, 3]");
    assertThat(strided(shape(2, 3), 1, 2)).hasToString("[2, 3] strides [1, 2]");
    assertThat(strided(shape(5, 3), 1, 5).slice(0, 4, 1, -2))
        .hasToString("[2, 3] strides [-2, 5] offset 4");
  }

  @Test
  void writesShapeThenStrides() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(ValueLayout.JAVA_LONG, 5);

      strided(shape(2, 3), 7, -1).writeTo(target, 8);

      assertThat(target.toArray(ValueLayout.JAVA_LONG)).containsExactly(0, 2, 3, 7, -1);
    }
  }

  private static long[] shape(long... sizes) {
    return sizes;
  }

  private static TensorLayout strided(long[] shape, long... strides) {
    return TensorLayout.strided(shape, strides);
  }
}
