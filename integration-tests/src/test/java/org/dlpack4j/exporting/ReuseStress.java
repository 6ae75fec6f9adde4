package org.dlpack4j.exporting;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.dlpack4j.exporting.StressSlab.CountedOwner;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/**
 * Blocks that are used again. The results: old owners not released exactly once; releases of new
 * owners, whose tensors are live; blocks handed out while their old owner was held; double deletes.
 */
public class ReuseStress {

  /** Enough for a refill; the slot after them is live. */
  private static final int DELETED = 9;

  /** A slab that an exporter wants blocks from, and what it finds there. */
  public abstract static class Round {
    final StressSlab round;
    private final CountedOwner fresh = new CountedOwner();
    private int takenFromOwner;

    Round(Lane lane) {
      round = new StressSlab(lane, StressSlab.bitsTo(DELETED), 0);
    }

    void claimAll() {
      round.slab.refill();
      for (long block = round.slab.claim(); block != 0; block = round.slab.claim()) {
        if (round.releases(SlabHeader.slotOf(block)) != 1) {
          takenFromOwner++;
        }
        round.slab.own(block, fresh, 0);
      }
    }

    void judge(IIII_Result result, int deleted) {
      round.slab.drain();
      result.r1 = round.ownersNotReleased(1, deleted);
      result.r2 = fresh.releases.get();
      result.r3 = takenFromOwner;
      result.r4 = round.doubleDeletes();
      round.recycle();
    }
  }

  @JCStressTest
  @Description("An exporter refills and claims while the reaper drains.")
  @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "All as it should be.")
  @Outcome(expect = FORBIDDEN, desc = "A live tensor was released, or handed out, or one was lost.")
  @State
  public static class WhileDraining extends Round {
    public WhileDraining() {
      super(Lane.NON_BLOCKING);
    }

    @Actor
    public void exporter() {
      claimAll();
    }

    @Actor
    public void reaper() {
      round.slab.drain();
    }

    @Arbiter
    public void end(IIII_Result result) {
      judge(result, DELETED);
    }
  }

  @JCStressTest
  @Description("Two exporters refill and claim.")
  @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "All as it should be.")
  @Outcome(expect = FORBIDDEN, desc = "A live tensor was released, or handed out, or one was lost.")
  @State
  public static class WhileRefilling extends Round {
    public WhileRefilling() {
      super(Lane.NON_BLOCKING);
    }

    @Actor
    public void exporter() {
      claimAll();
    }

    @Actor
    public void other() {
      round.slab.refill();
    }

    @Arbiter
    public void end(IIII_Result result) {
      judge(result, DELETED);
    }
  }

  @JCStressTest
  @Description("A consumer deletes one more while an exporter refills and claims.")
  @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "All as it should be.")
  @Outcome(expect = FORBIDDEN, desc = "A live tensor was released, or handed out, or one was lost.")
  @State
  public static class WhileDeleting extends Round {
    public WhileDeleting() {
      super(Lane.NON_BLOCKING);
    }

    @Actor
    public void exporter() {
      claimAll();
    }

    @Actor
    public void consumer() {
      SlabHeader.mark(round.block(DELETED + 1));
    }

    @Arbiter
    public void end(IIII_Result result) {
      judge(result, DELETED + 1);
    }
  }

  @JCStressTest
  @Description("The same with blocking owners, which the reaper alone releases.")
  @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "All as it should be.")
  @Outcome(expect = FORBIDDEN, desc = "A live tensor was released, or handed out, or one was lost.")
  @State
  public static class WhileDeletingAndDraining extends Round {
    public WhileDeletingAndDraining() {
      super(Lane.BLOCKING);
    }

    @Actor
    public void exporter() {
      claimAll();
    }

    @Actor
    public void consumer() {
      SlabHeader.mark(round.block(DELETED + 1));
      round.slab.drain();
    }

    @Arbiter
    public void end(IIII_Result result) {
      judge(result, DELETED + 1);
    }
  }
}
