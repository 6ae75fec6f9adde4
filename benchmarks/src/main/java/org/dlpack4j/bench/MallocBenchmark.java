package org.dlpack4j.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Plain C, one malloc and one free a tensor. The loop is in C. */
public class MallocBenchmark {

  private static final int COUNT = 1000;

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void exclusive() throws Throwable {
    Baselines.requireSeen(
        (long)
            Baselines.MALLOC_PRODUCER.invokeExact(
                Vector.address(), (long) Vector.SIZE, (long) COUNT),
        COUNT);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void refcounted() throws Throwable {
    Baselines.requireSeen(
        (long)
            Baselines.REFCOUNTED_PRODUCER.invokeExact(
                Vector.address(), (long) Vector.SIZE, (long) COUNT),
        COUNT);
  }
}
