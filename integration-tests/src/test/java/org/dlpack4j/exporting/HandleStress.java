package org.dlpack4j.exporting;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.dlpack4j.abi.Flavour;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A held tensor that two threads use up. The results: whether it was given away, whether closed,
 * double deletes.
 */
public class HandleStress {

  /** A live block and its handle. */
  public abstract static class Round {
    private final StressSlab round = new StressSlab(0, 0);
    final ExportedTensor tensor = new ExportedTensor(round.block(1), Flavour.VERSIONED);

    int transferOut() {
      try {
        return tensor.transferOutAddress() == round.block(1) ? 1 : -1;
      } catch (IllegalStateException e) {
        return 0;
      }
    }

    void judge(III_Result result) {
      round.slab.drain();
      result.r2 = round.releases(1);
      result.r3 = round.doubleDeletes();
      round.recycle();
    }
  }

  @JCStressTest
  @Description("One thread gives the tensor away, the other closes it.")
  @Outcome(
      id = "1, 0, 0",
      expect = ACCEPTABLE,
      desc = "Given away; it is the consumer's to delete.")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "Closed, and given to nobody.")
  @Outcome(expect = FORBIDDEN, desc = "Given away and closed, or neither.")
  @State
  public static class TransferClose extends Round {
    @Actor
    public void giver(III_Result result) {
      result.r1 = transferOut();
    }

    @Actor
    public void closer() {
      tensor.close();
    }

    @Arbiter
    public void end(III_Result result) {
      judge(result);
    }
  }

  @JCStressTest
  @Description("Two threads close a tensor.")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "One of them has closed it.")
  @Outcome(expect = FORBIDDEN, desc = "Closed twice, or not at all.")
  @State
  public static class CloseClose extends Round {
    @Actor
    public void closer() {
      tensor.close();
    }

    @Actor
    public void other() {
      tensor.close();
    }

    @Arbiter
    public void end(III_Result result) {
      judge(result);
    }
  }

  @JCStressTest
  @Description("Two threads give a tensor away.")
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "One of them has the pointer.")
  @Outcome(expect = FORBIDDEN, desc = "Both have it, or neither.")
  @State
  public static class TransferTransfer extends Round {
    private int first;
    private int second;

    @Actor
    public void giver() {
      first = transferOut();
    }

    @Actor
    public void other() {
      second = transferOut();
    }

    @Arbiter
    public void end(III_Result result) {
      judge(result);
      result.r1 = first + second;
    }
  }
}
