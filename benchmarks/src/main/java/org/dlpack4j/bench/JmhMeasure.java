package org.dlpack4j.bench;

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;

/** The median iteration of a JMH benchmark. */
record JmhMeasure(Class<?> benchmark, String method, Mode mode, int threads) implements Measure {

  /** Nanoseconds an operation. */
  static Measure nanos(Class<?> benchmark, String method) {
    return new JmhMeasure(benchmark, method, Mode.AverageTime, 1);
  }

  /** Operations a microsecond, of all threads together. */
  static Measure throughput(Class<?> benchmark, String method, int threads) {
    return new JmhMeasure(benchmark, method, Mode.Throughput, threads);
  }

  @Override
  public double measure(Effort.Run run) throws RunnerException {
    var options = JmhRun.timed(benchmark, method, mode, run).threads(threads).build();
    return new Runner(options).runSingle().getPrimaryResult().getStatistics().getPercentile(50);
  }
}
