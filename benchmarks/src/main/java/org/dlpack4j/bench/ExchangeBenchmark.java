package org.dlpack4j.bench;

import org.dlpack4j.exchange.ExchangeTable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A C program that has tensors allocated by an exchange API, writes to them and deletes them. */
public class ExchangeBenchmark {

  private static final int COUNT = 1000;

  private static final long OURS = ExchangeTable.address();
  private static final long THEIRS = mallocTable();

  private static long mallocTable() {
    try {
      return (long) Baselines.MALLOC_TABLE.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError("a native call does not throw", e);
    }
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void ours() throws Throwable {
    exchange(OURS);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public void malloc() throws Throwable {
    exchange(THEIRS);
  }

  private static void exchange(long table) throws Throwable {
    Baselines.requireSeen(
        (long) Baselines.EXCHANGE.invokeExact(table, (long) Vector.SIZE, (long) COUNT), COUNT);
  }
}
