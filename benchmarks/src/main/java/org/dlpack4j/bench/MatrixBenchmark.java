package org.dlpack4j.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Plain C on both ends. The loop is in C. */
public class MatrixBenchmark {

  private static final int COUNT = 1000;

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void loopInC() throws Throwable {
    Matrix.requireSeen(
        (long)
            Baselines.MATRIX_CONSUMER.invokeExact(
                Matrix.address(), Matrix.ROWS, Matrix.COLUMNS, (long) COUNT),
        COUNT);
  }
}
