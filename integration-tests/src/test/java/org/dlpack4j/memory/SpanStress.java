package org.dlpack4j.memory;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Set;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Threads that take blocks, give them back, and take whole spans away. No memory is behind them.
 */
public class SpanStress {

  private static final long BLOCK_BYTES = 64;
  private static final Chunk CHUNK =
      Chunk.own(
          new SegmentFactory(new Kernel(), SharedMemoryOptions.DEFAULT).create(Chunk.SHARED_BYTES));

  private SpanStress() {}

  /** A bin that finds no more spans than it was given. */
  private static Bin bin() {
    return new Bin(
        BLOCK_BYTES,
        bin -> {
          throw new OutOfMemoryError("no span left");
        });
  }

  /** A span in a bin, that waits there. */
  private static Span waiting(Bin bin, int blocks) {
    Span span = new Span(CHUNK, bin, 0, blocks, true);
    bin.list(span);
    return span;
  }

  /** What a thread does that allocates. */
  private static int claim(Bin bin) {
    Span span = bin.current(0);
    int block = span == null ? Span.NONE : span.claim();
    for (int i = 0; i < 4 && block == Span.NONE; i++) {
      try {
        span = bin.after(0, span);
      } catch (OutOfMemoryError e) {
        return Span.NONE;
      }
      block = span == null ? Span.NONE : span.claim();
    }
    return block;
  }

  /** What a thread does that gives back. */
  private static void free(Span span, int block) {
    if (span.free(block)) {
      span.bin.list(span);
    }
  }

  @JCStressTest
  @Description("Two threads allocate the last two blocks.")
  @Outcome(
      id = {"0, 1", "1, 0"},
      expect = ACCEPTABLE,
      desc = "Each has one.")
  @Outcome(expect = FORBIDDEN, desc = "Both have the same, or one has none.")
  @State
  public static class ClaimAndClaim {
    private final Bin bin = bin();

    /** Makes the span. */
    public ClaimAndClaim() {
      waiting(bin, 2);
    }

    @Actor
    public void one(II_Result result) {
      result.r1 = claim(bin);
    }

    @Actor
    public void other(II_Result result) {
      result.r2 = claim(bin);
    }
  }

  @JCStressTest
  @Description("A full span is dropped by an allocation while its only block is given back.")
  @Outcome(id = "-1, 0", expect = ACCEPTABLE, desc = "Too early, but the next one has it.")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "In time; and again after it was given back.")
  @Outcome(expect = FORBIDDEN, desc = "The span is free and nobody finds it.")
  @State
  public static class FreeAndUnlist {
    private final Bin bin = bin();
    private final Span span = waiting(bin, 1);

    /** Takes the block, so that the span is current and full, with another full one to go to. */
    public FreeAndUnlist() {
      claim(bin);
      Span full = waiting(bin, 1);
      full.claim();
    }

    @Actor
    public void consumer() {
      free(span, 0);
    }

    @Actor
    public void allocator(II_Result result) {
      result.r1 = claim(bin);
    }

    @Arbiter
    public void end(II_Result result) {
      if (result.r1 == 0) {
        free(span, 0);
      }
      result.r2 = claim(bin);
    }
  }

  @JCStressTest
  @Description("A span is taken away while somebody allocates from it.")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "In use, and not taken away.")
  @Outcome(id = "-1, 1, -1", expect = ACCEPTABLE, desc = "Taken away, and nobody has it.")
  @Outcome(expect = FORBIDDEN, desc = "Memory in use was taken away, or the rest was lost.")
  @State
  public static class ClaimAndRetire {
    private final Bin bin = bin();
    private final Span span = waiting(bin, 2);

    @Actor
    public void allocator(III_Result result) {
      result.r1 = claim(bin);
    }

    @Actor
    public void trimmer(III_Result result) {
      bin.idle();
      result.r2 = bin.retire(Set.of(span)).size();
    }

    @Arbiter
    public void end(III_Result result) {
      result.r3 = claim(bin);
    }
  }

  @JCStressTest
  @Description("A span is taken away while its last block is given back.")
  @Outcome(
      id = {"0, 1", "1, 0"},
      expect = ACCEPTABLE,
      desc = "By this one or by the next, once.")
  @Outcome(expect = FORBIDDEN, desc = "Twice, or it cannot be found any more.")
  @State
  public static class FreeAndRetire {
    private final Bin bin = bin();
    private final Span span = waiting(bin, 1);

    /** Takes the block. */
    public FreeAndRetire() {
      claim(bin);
    }

    @Actor
    public void consumer() {
      free(span, 0);
    }

    @Actor
    public void trimmer(II_Result result) {
      bin.idle();
      result.r1 = bin.retire(Set.of(span)).size();
    }

    @Arbiter
    public void end(II_Result result) {
      bin.idle();
      result.r2 = bin.retire(Set.of(span)).size();
    }
  }
}
