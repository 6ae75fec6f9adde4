package org.dlpack4j.copying;

import java.lang.foreign.MemorySegment;

/** How the two innermost loops of a plan are done. */
enum CopyKernel {

  /** The innermost loop is one run of bytes on both sides. */
  RUNS {
    @Override
    void copy(CopyPlan plan, MemorySegment from, long fromAt, MemorySegment to, long toAt) {
      Loop outer = plan.outer();
      long bytes = plan.inner().size();
      for (long i = 0; i < outer.size(); i++) {
        MemorySegment.copy(from, fromAt + i * outer.from(), to, toAt + i * outer.to(), bytes);
      }
    }
  },

  /** The innermost loop writes the same unit again and again, without gaps. */
  REPEATS {
    @Override
    void copy(CopyPlan plan, MemorySegment from, long fromAt, MemorySegment to, long toAt) {
      Loop outer = plan.outer();
      long bytes = plan.inner().size() * plan.unit;
      for (long i = 0; i < outer.size(); i++) {
        long start = toAt + i * outer.to();
        MemorySegment.copy(from, fromAt + i * outer.from(), to, start, plan.unit);
        long done = plan.unit;
        while (done < bytes) {
          // The start again, as far as it is still in the nearest cache.
          long more = Math.min(Math.min(done, NEAR), bytes - done);
          MemorySegment.copy(to, start, to, start + done, more);
          done += more;
        }
      }
    }
  },

  /** Units, each side moving as it likes. */
  STEPS {
    @Override
    void copy(CopyPlan plan, MemorySegment from, long fromAt, MemorySegment to, long toAt) {
      new Tiles(plan, from, to).rows(fromAt, toAt, SHORT, BLOCK);
    }
  },

  /** Units; what follows one another in the source lies far apart in the target. */
  TILES {
    @Override
    void copy(CopyPlan plan, MemorySegment from, long fromAt, MemorySegment to, long toAt) {
      new Tiles(plan, from, to).transposed(fromAt, toAt);
    }
  },

  /** The innermost loop is one run of bits on both sides. */
  BITS {
    @Override
    void copy(CopyPlan plan, MemorySegment from, long fromAt, MemorySegment to, long toAt) {
      Loop outer = plan.outer();
      long bits = plan.inner().size();
      for (long i = 0; i < outer.size(); i++) {
        Bits.copy(from, fromAt + i * outer.from(), to, toAt + i * outer.to(), bits);
      }
    }
  };

  private static final long NEAR = 8192;
  private static final int SHORT = 16;
  private static final int BLOCK = 1024;

  /** Does the two innermost loops, from where the loops around them have arrived. */
  abstract void copy(CopyPlan plan, MemorySegment from, long fromAt, MemorySegment to, long toAt);

  /** Does all loops. */
  static void run(CopyPlan plan, MemorySegment from, MemorySegment to) {
    run(plan, 0, from, plan.from, to, plan.to);
  }

  private static void run(
      CopyPlan plan, int depth, MemorySegment from, long fromAt, MemorySegment to, long toAt) {
    if (depth == plan.loops.length - 2) {
      plan.kernel.copy(plan, from, fromAt, to, toAt);
      return;
    }
    Loop loop = plan.loops[depth];
    for (long i = 0; i < loop.size(); i++) {
      run(plan, depth + 1, from, fromAt + i * loop.from(), to, toAt + i * loop.to());
    }
  }
}
