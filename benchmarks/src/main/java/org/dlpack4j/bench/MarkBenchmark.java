package org.dlpack4j.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The deleters alone, called from the same loop in C. */
@State(Scope.Thread)
public class MarkBenchmark {

  private static final int BLOCKS_PER_SLAB = 31;
  private static final int SLABS = 32;

  private static final long NATIVE = DeleterAddress.here();
  private static final long UPCALL = DeleterAddress.ofUpcalls();

  @Benchmark
  @OperationsPerInvocation(BLOCKS_PER_SLAB * SLABS)
  public void nativeDeleter() throws Throwable {
    mark(NATIVE);
  }

  @Benchmark
  @OperationsPerInvocation(BLOCKS_PER_SLAB * SLABS)
  public void upcallDeleter() throws Throwable {
    mark(UPCALL);
  }

  private static void mark(long deleter) throws Throwable {
    long missed = (long) Baselines.MARK_SLABS.invokeExact(deleter, (long) SLABS);
    if (missed != 0) {
      throw new IllegalStateException(
          "state: expected every block to be marked but found it otherwise in "
              + missed
              + " of "
              + SLABS
              + " slabs");
    }
  }
}
