package org.dlpack4j.exporting;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Consumers that delete twice, before the block is used again. */
public class DoubleDeleteStress {

  @JCStressTest
  @Description("Two threads of a consumer delete the same tensor.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "One release, one double delete counted.")
  @Outcome(expect = FORBIDDEN, desc = "Released or counted wrongly.")
  @State
  public static class AtTheSameTime {
    private final StressSlab round = new StressSlab(0, 0);

    @Actor
    public void consumer() {
      SlabHeader.mark(round.block(1));
    }

    @Actor
    public void again() {
      SlabHeader.mark(round.block(1));
    }

    @Arbiter
    public void end(II_Result result) {
      round.slab.drain();
      result.r1 = round.releases(1);
      result.r2 = round.doubleDeletes();
      round.recycle();
    }
  }

  @JCStressTest
  @Description("A tensor is deleted again while its owner is released and its quarantine ends.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "One release each, one double delete counted.")
  @Outcome(expect = FORBIDDEN, desc = "Released or counted wrongly.")
  @State
  public static class DuringTheRelease {
    private static final int DELETED = 9;

    private final StressSlab round = new StressSlab(StressSlab.bitsTo(DELETED), 0);

    @Actor
    public void again() {
      SlabHeader.mark(round.block(1));
    }

    @Actor
    public void exporter() {
      round.slab.refill();
    }

    @Arbiter
    public void end(II_Result result) {
      round.slab.drain();
      result.r1 = round.ownersNotReleased(1, DELETED);
      result.r2 = round.doubleDeletes();
      round.recycle();
    }
  }
}
