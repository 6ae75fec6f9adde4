package org.dlpack4j.bench;

import java.util.List;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;

/**
 * Whether an export costs more the more are live: the last hundred thousand of a million more,
 * against the first. For a JVM that has done nothing yet, so that all blocks are new memory.
 */
final class LiveGrowth implements Round {

  @Override
  public Sample run(Effort.Run run, boolean oursFirst) throws RunnerException {
    var options =
        JmhRun.of(LiveBenchmark.class, "export", Mode.SingleShotTime)
            .warmupIterations(LiveBenchmark.WARM_UP_BATCHES)
            .warmupBatchSize(LiveBenchmark.BATCH)
            .measurementIterations(LiveBenchmark.BATCHES)
            .measurementBatchSize(LiveBenchmark.BATCH)
            .build();
    List<IterationResult> batches =
        List.copyOf(
            new Runner(options)
                .runSingle()
                .getBenchmarkResults()
                .iterator()
                .next()
                .getIterationResults());
    return new Sample(nanosEach(batches.getLast()), nanosEach(batches.getFirst()));
  }

  private static double nanosEach(IterationResult batch) {
    return batch.getPrimaryResult().getScore() / LiveBenchmark.BATCH;
  }
}
