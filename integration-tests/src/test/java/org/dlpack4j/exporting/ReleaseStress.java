package org.dlpack4j.exporting;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Deleters and those who release the owners. */
public class ReleaseStress {

  @JCStressTest
  @Description("A consumer deletes while the slab is drained.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Released once, by this drain or the next.")
  @Outcome(expect = FORBIDDEN, desc = "Lost, released twice, or taken for a double delete.")
  @State
  public static class DeleteAndDrain {
    private final StressSlab round = new StressSlab(0, 0);

    @Actor
    public void consumer() {
      SlabHeader.mark(round.block(1));
    }

    @Actor
    public void reaper() {
      round.slab.drain();
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
  @Description("Two threads drain one slab.")
  @Outcome(
      id = {"1, 0, 1", "0, 1, 1"},
      expect = ACCEPTABLE,
      desc = "One of them has released the owner.")
  @Outcome(expect = FORBIDDEN, desc = "Both have, or nobody.")
  @State
  public static class DrainAndDrain {
    private final StressSlab round = new StressSlab(StressSlab.bit(1), 0);

    @Actor
    public void reaper(III_Result result) {
      result.r1 = round.slab.drain();
    }

    @Actor
    public void exporter(III_Result result) {
      result.r2 = round.slab.drain();
    }

    @Arbiter
    public void end(III_Result result) {
      result.r3 = round.releases(1);
      round.recycle();
    }
  }
}
