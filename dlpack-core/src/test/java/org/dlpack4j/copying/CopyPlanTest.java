package org.dlpack4j.copying;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.TensorLayout;
import org.junit.jupiter.api.Test;

/** What common copies come to. */
class CopyPlanTest {

  private static final TensorLayout MATRIX = TensorLayout.contiguous(100, 200);

  @Test
  void takesWhatLiesInOneRunAsOneRun() {
    assertThat(plan(8, TensorLayout.contiguous(2, 3, 4, 5)))
        .isEqualTo("RUNS of 1 [Loop[size=1, from=0, to=0], Loop[size=960, from=1, to=1]]");
    assertThat(plan(8, MATRIX.slice(1, 10, 30, 1)))
        .isEqualTo("RUNS of 1 [Loop[size=100, from=1600, to=160], Loop[size=160, from=1, to=1]]");
  }

  @Test
  void takesReversedTensorsForwards() {
    TensorLayout backwards = MATRIX.slice(0, 99, -1, -1).slice(1, 199, -1, -1);

    CopyPlan plan = CopyPlan.of(64, backwards.offset() * 64, backwards, 19_999 * 64, backwards);

    assertThat(plan).hasToString("RUNS of 1 from 0 to 0 " + loops(1, 0, 0, 160_000, 1, 1));
  }

  @Test
  void stepsOverWhatIsLeftOut() {
    assertThat(plan(4, MATRIX.slice(1, 0, 200, 2)))
        .isEqualTo("STEPS of 4 " + loops(1, 0, 0, 10_000, 8, 4));
  }

  @Test
  void transposesByTiles() {
    assertThat(plan(8, MATRIX.transpose()))
        .isEqualTo("TILES of 8 " + loops(200, 8, 800, 100, 1600, 8));
  }

  @Test
  void walksTheSourceInwardsWhereverItsClosestDimensionIs() {
    TensorLayout channelsLast = TensorLayout.contiguous(10, 20, 30, 3);

    assertThat(plan(4, channelsLast.permute(0, 3, 1, 2)))
        .isEqualTo(
            "TILES of 4 [Loop[size=10, from=7200, to=7200], Loop[size=3, from=4, to=2400],"
                + " Loop[size=600, from=12, to=4]]");
  }

  @Test
  void movesSmallRunsAsLargerUnits() {
    TensorLayout pixels = TensorLayout.contiguous(30, 40, 4);

    assertThat(plan(1, pixels.permute(1, 0, 2)))
        .isEqualTo("TILES of 4 " + loops(40, 4, 120, 30, 160, 4));
    assertThat(plan(8, TensorLayout.contiguous(2)))
        .isEqualTo("STEPS of 16 " + loops(1, 0, 0, 1, 0, 0));
  }

  @Test
  void movesUnevenElementsAsSeveralUnits() {
    assertThat(plan(10, TensorLayout.contiguous(9, 2).select(1, 0)))
        .isEqualTo("STEPS of 2 " + loops(9, 20, 10, 5, 2, 2));
  }

  @Test
  void repeatsWhatIsBroadcast() {
    assertThat(plan(2, TensorLayout.contiguous(7, 1).broadcast(7, 50)))
        .isEqualTo("REPEATS of 2 " + loops(7, 2, 100, 50, 0, 2));
  }

  @Test
  void movesAScalarAsOneUnit() {
    assertThat(plan(8, TensorLayout.contiguous())).endsWith(loops(1, 0, 0, 1, 0, 0));
  }

  @Test
  void countsInBytesWheneverPackedElementsFillThem() {
    assertThat(planOfBits(4, TensorLayout.contiguous(10, 200).slice(1, 2, 150, 1)))
        .isEqualTo("RUNS of 1 [Loop[size=10, from=100, to=74], Loop[size=74, from=1, to=1]]");
    assertThat(planOfBits(4, TensorLayout.contiguous(10, 200).slice(1, 2, 151, 1)))
        .isEqualTo("BITS of 1 [Loop[size=10, from=800, to=596], Loop[size=596, from=1, to=1]]");
    assertThat(planOfBits(4, TensorLayout.contiguous(10, 200).slice(1, 1, 149, 1)))
        .startsWith("BITS");
    assertThat(planOfBits(4, TensorLayout.contiguous(3))).startsWith("BITS");
  }

  private static String plan(int bytes, TensorLayout from) {
    return planOfBits(bytes * Byte.SIZE, from);
  }

  private static String planOfBits(int bits, TensorLayout from) {
    TensorLayout to = TensorLayout.contiguous(from.shape());
    String plan = CopyPlan.of(bits, from.offset() * bits, from, 0, to).toString();
    return plan.replaceFirst("from \\d+ to \\d+ ", "");
  }

  private static String loops(
      long outerSize, long outerFrom, long outerTo, long innerSize, long innerFrom, long innerTo) {
    return "[%s, %s]"
        .formatted(
            new Loop(outerSize, outerFrom, outerTo), new Loop(innerSize, innerFrom, innerTo));
  }
}
