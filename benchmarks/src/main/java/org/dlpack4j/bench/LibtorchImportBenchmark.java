package org.dlpack4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.foreign.Libtorch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** libtorch's own importer. It makes a tensor and drops it, and does not look at it. */
@State(Scope.Thread)
public class LibtorchImportBenchmark {

  private static final int COUNT = 1000;

  private final long importer = importer(LibtorchBenchmark.loaded());

  /** The {@code foreign_importer} of bench.h. */
  private static long importer(Libtorch libtorch) {
    MemorySegment functions = Arena.global().allocate(ValueLayout.ADDRESS, 3);
    functions.setAtIndex(ValueLayout.ADDRESS, 0, libtorch.newTensorFunction());
    functions.setAtIndex(ValueLayout.ADDRESS, 1, libtorch.fromDlpackVersionedFunction());
    functions.setAtIndex(ValueLayout.ADDRESS, 2, libtorch.deleteTensorFunction());
    return functions.address();
  }

  /** As C++ uses it. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void loopInC() throws Throwable {
    adopt(COUNT);
  }

  /** As a JVM program could use it: one call into C for each tensor, as for ours. */
  @Benchmark
  public void callPerTensor() throws Throwable {
    adopt(1);
  }

  private void adopt(int count) throws Throwable {
    long imported =
        (long)
            Baselines.FOREIGN_CONSUMER.invokeExact(
                importer, Matrix.address(), Matrix.ROWS, Matrix.COLUMNS, (long) count);
    if (imported != count) {
      throw new IllegalStateException(
          "libtorch: expected %d tensors to be dropped but found %d".formatted(count, imported));
    }
  }
}
