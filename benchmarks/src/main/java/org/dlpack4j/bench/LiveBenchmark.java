package org.dlpack4j.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Exports that nobody deletes until the end. */
@State(Scope.Thread)
public class LiveBenchmark {

  static final int BATCH = 100_000;
  static final int WARM_UP_BATCHES = 5;
  static final int BATCHES = 10;

  private final LiveTensors tensors = new LiveTensors((WARM_UP_BATCHES + BATCHES) * BATCH);

  @Benchmark
  public void export() {
    tensors.exportOne();
  }

  @TearDown
  public void deleteAll() {
    tensors.deleteAll();
  }
}
