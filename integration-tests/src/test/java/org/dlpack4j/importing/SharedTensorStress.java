package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.Owner;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A shared imported tensor that two threads end, or one ends and one reads. The results: what the
 * one who is not closing got, and how often the deleter was called.
 */
public class SharedTensorStress {

  /** A held tensor. */
  public abstract static class Round {
    private final StressTensor foreign = new StressTensor();
    final ImportedTensor tensor = TensorImporter.versioned().shared().adopt(foreign.managed());

    int transferOut() {
      try {
        return tensor.transferOut().equals(foreign.managed()) ? 1 : -1;
      } catch (IllegalStateException e) {
        return 0;
      }
    }

    @Nullable Owner intoOwner() {
      try {
        return tensor.intoOwner();
      } catch (IllegalStateException e) {
        return null;
      }
    }

    void judge(II_Result result) {
      result.r2 = foreign.deletes();
      foreign.recycle();
    }
  }

  @JCStressTest
  @Description("Two threads close a tensor.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "One of them has called the deleter.")
  @Outcome(expect = FORBIDDEN, desc = "It was called twice, or not at all.")
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
    public void end(II_Result result) {
      judge(result);
    }
  }

  @JCStressTest
  @Description("One thread gives the tensor away, the other closes it.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Given away; its new owner deletes it.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Closed, and given to nobody.")
  @Outcome(expect = FORBIDDEN, desc = "Given away and closed, or neither.")
  @State
  public static class TransferClose extends Round {
    @Actor
    public void giver(II_Result result) {
      result.r1 = transferOut();
    }

    @Actor
    public void closer() {
      tensor.close();
    }

    @Arbiter
    public void end(II_Result result) {
      judge(result);
    }
  }

  @JCStressTest
  @Description("One thread makes an owner of the tensor, the other closes it.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "An owner, which deletes it when released.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Closed, and owned by nobody.")
  @Outcome(expect = FORBIDDEN, desc = "Owned and closed, or neither.")
  @State
  public static class OwnClose extends Round {
    @Actor
    public void taker(II_Result result) {
      result.r1 = intoOwner() == null ? 0 : 1;
    }

    @Actor
    public void closer() {
      tensor.close();
    }

    @Arbiter
    public void end(II_Result result) {
      judge(result);
    }
  }

  @JCStressTest
  @Description("One thread gives the tensor away, the other makes an owner of it and releases it.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Given away; its new owner deletes it.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Owned and released.")
  @Outcome(expect = FORBIDDEN, desc = "Both have it, or neither.")
  @State
  public static class TransferOwn extends Round {
    @Actor
    public void giver(II_Result result) {
      result.r1 = transferOut();
    }

    @Actor
    public void taker() {
      Owner owner = intoOwner();
      if (owner != null) {
        owner.release();
      }
    }

    @Arbiter
    public void end(II_Result result) {
      judge(result);
    }
  }

  @JCStressTest
  @Description("One thread reads the tensor, the other closes it, and its deleter spoils the data.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Read before the close.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Refused.")
  @Outcome(expect = FORBIDDEN, desc = "Read what the deleter left.")
  @State
  public static class ReadClose extends Round {
    private final MemorySegment segment = tensor.segment();

    @Actor
    public void reader(II_Result result) {
      try {
        result.r1 = segment.get(JAVA_INT, 0);
      } catch (IllegalStateException e) {
        result.r1 = 0;
      }
    }

    @Actor
    public void closer() {
      tensor.close();
    }

    @Arbiter
    public void end(II_Result result) {
      judge(result);
    }
  }
}
