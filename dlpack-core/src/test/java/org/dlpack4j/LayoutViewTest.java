package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** By example; LayoutViewPropertyTest has the many. */
class LayoutViewTest {

  private static final TensorLayout MATRIX = TensorLayout.contiguous(3, 4);

  @Test
  void slicesForwardsAndBackwards() {
    assertThat(MATRIX.slice(1, 1, 4, 2)).hasToString("[3, 2] strides [4, 2] offset 1");
    assertThat(MATRIX.slice(0, 2, -1, -1)).hasToString("[3, 4] strides [-4, 1] offset 8");
    assertThat(MATRIX.slice(0, 0, 3, Long.MAX_VALUE)).hasToString("[1, 4]");
    assertThat(MATRIX.slice(0, 2, -1, Long.MIN_VALUE)).hasToString("[1, 4] offset 8");
  }

  @ParameterizedTest
  @CsvSource({"2, 2, 1", "2, 1, 1", "3, 3, 1", "0, 0, -1", "0, 2, -1", "3, 3, -1"})
  void slicesToNothing(long from, long to, long step) {
    TensorLayout nothing = MATRIX.slice(0, from, to, step);

    assertThat(nothing.shape()).containsExactly(0, 4);
    assertThat(nothing.offset()).isZero();
  }

  @Test
  void selectsOneIndexAndDropsTheDimension() {
    assertThat(MATRIX.select(0, 2)).hasToString("[4] offset 8");
    assertThat(MATRIX.select(1, 3)).hasToString("[3] strides [4] offset 3");
    assertThat(MATRIX.select(1, 3).select(0, 1)).hasToString("[] offset 7");
  }

  @Test
  void cutsEmptyLayoutsWhateverTheirStrides() {
    TensorLayout empty = TensorLayout.strided(new long[] {0, 5}, new long[] {1, Long.MAX_VALUE});

    assertThat(empty.select(1, 4).shape()).containsExactly(0);
    assertThat(empty.slice(1, 1, 5, 1).shape()).containsExactly(0, 4);
    assertThat(empty.slice(1, 0, 5, 2).shape()).containsExactly(0, 3);
    assertThat(empty.slice(1, 4, -1, -1).shape()).containsExactly(0, 5);
  }

  @Test
  void transposesToReverseOrder() {
    assertThat(MATRIX.transpose()).hasToString("[4, 3] strides [1, 4]");
    assertThat(MATRIX.transpose().transpose()).isEqualTo(MATRIX);
    assertThat(TensorLayout.contiguous().transpose()).isEqualTo(TensorLayout.contiguous());
  }

  @Test
  void reshapesWhateverIsOneRun() {
    assertThat(MATRIX.reshape(2, 6)).hasToString("[2, 6]");
    assertThat(MATRIX.slice(1, 0, 4, 2).reshape(6)).hasToString("[6] strides [2]");
    assertThat(MATRIX.slice(1, 0, 2, 1).reshape(3, 1, 2).strides()).containsExactly(4, 1, 1);
    assertThat(TensorLayout.contiguous(0, 3).reshape(7, 0)).hasToString("[7, 0]");
    assertThat(TensorLayout.contiguous(1, 1).reshape()).isEqualTo(TensorLayout.contiguous());
  }

  @Test
  void reshapesAtTheEdgeOfALong() {
    TensorLayout far = TensorLayout.strided(new long[] {2}, new long[] {Long.MIN_VALUE});

    assertThat(far.reshape(1, 2).stride(1)).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void broadcastsByStridesOfZero() {
    assertThat(TensorLayout.contiguous(3, 1).broadcast(2, 3, 4))
        .hasToString("[2, 3, 4] strides [0, 1, 0]");
    assertThat(TensorLayout.contiguous().broadcast(0)).hasToString("[0]");
    assertThat(MATRIX.broadcast(3, 4)).isEqualTo(MATRIX);
  }

  @Test
  void splitsEveryElementIntoParts() {
    assertThat(MATRIX.split(2)).hasToString("[3, 4, 2]");
    assertThat(MATRIX.slice(1, 3, 0, -2).split(3))
        .hasToString("[3, 2, 3] strides [12, -6, 1] offset 9");
    assertThat(TensorLayout.contiguous().split(4)).isEqualTo(TensorLayout.contiguous(4));
    assertThat(MATRIX.split(0).isEmpty()).isTrue();
    assertThat(TensorLayout.strided(new long[] {0}, new long[] {Long.MAX_VALUE}).split(9).shape())
        .containsExactly(0, 9);
    assertThat(TensorLayout.strided(new long[] {1}, new long[] {Long.MAX_VALUE}).split(9).shape())
        .containsExactly(1, 9);
  }

  @Test
  void refusesPartsThatALongCannotCount() {
    TensorLayout far = TensorLayout.strided(new long[] {2}, new long[] {Long.MAX_VALUE});

    assertThatIllegalArgumentException()
        .isThrownBy(() -> far.split(2))
        .withMessageContaining("found " + Long.MAX_VALUE + " x 2");
    assertThatIllegalArgumentException().isThrownBy(() -> far.select(0, 1).split(2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MATRIX.split(-1))
        .withMessage("shape dimension 2: expected 0 or more but found -1");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 2, Integer.MIN_VALUE})
  void refusesAnAxisThatIsNotThere(int axis) {
    String message = "axis: expected 0 to 1 but found " + axis;

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> MATRIX.slice(axis, 0, 1, 1))
        .withMessage(message);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> MATRIX.select(axis, 0))
        .withMessage(message);
  }

  @ParameterizedTest
  @CsvSource({"-1, 2, 1", "4, 4, 1", "0, -1, 1", "0, 4, 1", "2, -2, -1", "4, 0, -1", "0, 4, -1"})
  void refusesSlicesBeyondTheDimension(long from, long to, long step) {
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> MATRIX.slice(0, from, to, step))
        .withMessage(
            "slice of dimension 0: expected indices within its size 3 but found %d to %d",
            from, to);
  }

  @ParameterizedTest
  @ValueSource(longs = {3, Long.MAX_VALUE})
  void refusesToWalkBackwardsFromTheSize(long size) {
    TensorLayout vector = TensorLayout.contiguous(size);

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> vector.slice(0, size, -1, -1))
        .withMessage("slice of dimension 0: index %d is its size", size);
  }

  @Test
  void reversesADimensionOfAnySizeAlike() {
    for (long size = 0; size < 3; size++) {
      assertThat(TensorLayout.contiguous(size).slice(0, size - 1, -1, -1).shape(0)).isEqualTo(size);
    }
  }

  @Test
  void refusesAStepOfZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MATRIX.slice(0, 0, 1, 0))
        .withMessage("slice step: expected any but 0");
  }

  @Test
  void refusesAStepThatLeavesALong() {
    TensorLayout far = TensorLayout.strided(new long[] {2}, new long[] {Long.MIN_VALUE});

    assertThatIllegalArgumentException()
        .isThrownBy(() -> far.slice(0, 1, -1, -1))
        .withMessageContaining("found " + Long.MIN_VALUE + " x -1");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 3, Long.MIN_VALUE, Long.MAX_VALUE})
  void refusesAnIndexThatIsNotThere(long index) {
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> MATRIX.select(0, index))
        .withMessage("index of dimension 0: expected 0 to 2 but found %d", index);
  }

  @Test
  void refusesAxesThatAreNoPermutation() {
    for (int[] axes : new int[][] {{0}, {0, 0}, {0, 2}, {-1, 0}, {0, 1, 2}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> MATRIX.permute(axes))
          .withMessageStartingWith("axes: expected each of 0 to 1 once but found [");
    }
  }

  @Test
  void refusesToReshapeToAnotherCount() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MATRIX.reshape(5, 2))
        .withMessage("shape: expected 12 elements but found [5, 2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MATRIX.reshape(-3, -4))
        .withMessage("shape dimension 0: expected 0 or more but found -3");
  }

  @Test
  void refusesToReshapeWhatOnlyACopyCan() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MATRIX.transpose().reshape(12))
        .withMessage(
            "shape: expected one that keeps the strides of [4, 3] strides [1, 4] but found [12];"
                + " copy to a contiguous tensor first");
  }

  @Test
  void refusesToBroadcastWhatIsNotOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MATRIX.broadcast(2, 6, 4))
        .withMessage(
            "shape dimension 1: expected 3, as only a dimension of 1 can be repeated,"
                + " but found 6");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MATRIX.broadcast(4))
        .withMessage("shape: expected at least 2 dimensions but found 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorLayout.contiguous(1).broadcast(-1))
        .withMessage("shape dimension 0: expected 0 or more but found -1");
  }
}
