package org.dlpack4j.bench;

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;

/** The bytes that a JMH benchmark allocates on the heap for each operation. */
record JmhGarbage(Class<?> benchmark, String method) implements Measure {

  @Override
  public double measure(Effort.Run run) throws RunnerException {
    var options =
        JmhRun.timed(benchmark, method, Mode.AverageTime, run)
            .addProfiler(GCProfiler.class)
            .build();
    var result = new Runner(options).runSingle().getSecondaryResults().get("gc.alloc.rate.norm");
    if (result == null) {
      throw new IllegalStateException("JMH's gc profiler: expected gc.alloc.rate.norm");
    }
    return result.getScore();
  }
}
