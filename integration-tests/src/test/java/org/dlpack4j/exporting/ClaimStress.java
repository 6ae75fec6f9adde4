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

/** Exporters that claim from one slab. */
public class ClaimStress {

  @JCStressTest
  @Description("Two exporters claim where many blocks are free.")
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = "Each has a block of its own.")
  @Outcome(expect = FORBIDDEN, desc = "They share a block, or one was skipped.")
  @State
  public static class ManyFree {
    private final StressSlab round = new StressSlab(0, SlabHeader.ALL_IDLE);

    @Actor
    public void one(II_Result result) {
      result.r1 = round.slotOf(round.slab.claim());
    }

    @Actor
    public void other(II_Result result) {
      result.r2 = round.slotOf(round.slab.claim());
    }

    @Arbiter
    public void end() {
      round.recycle();
    }
  }

  @JCStressTest
  @Description("Two exporters claim the last free block.")
  @Outcome(
      id = {"7, 0", "0, 7"},
      expect = ACCEPTABLE,
      desc = "One has it, the other none.")
  @Outcome(expect = FORBIDDEN, desc = "Both have it, or neither.")
  @State
  public static class LastFree {
    private final StressSlab round = new StressSlab(0, StressSlab.bit(7));

    @Actor
    public void one(II_Result result) {
      result.r1 = round.slotOf(round.slab.claim());
    }

    @Actor
    public void other(II_Result result) {
      result.r2 = round.slotOf(round.slab.claim());
    }

    @Arbiter
    public void end() {
      round.recycle();
    }
  }
}
