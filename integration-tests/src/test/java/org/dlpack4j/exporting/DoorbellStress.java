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

/** A reaper that is about to sleep. */
public class DoorbellStress {

  @JCStressTest
  @Description("A consumer deletes while the reaper sets the doorbell and looks once more.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "It sees work, and would be woken too.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "It sees work; nobody saw it going to sleep.")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "It sees none, and is woken.")
  @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "It sees none and is not woken: lost.")
  @State
  public static class DeleteWhileFallingAsleep {
    private final StressSlab round = new StressSlab(0, 0);

    @Actor
    public void consumer() {
      SlabHeader.mark(round.block(1));
    }

    @Actor
    public void reaper(II_Result result) {
      SlabHeader.setDoorbell(round.doorbell(), 1);
      result.r1 = round.slab.needsDraining() ? 1 : 0;
    }

    @Arbiter
    public void end(II_Result result) {
      result.r2 = round.doorbellValue();
      round.recycle();
    }
  }
}
