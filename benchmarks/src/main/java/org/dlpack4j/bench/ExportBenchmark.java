package org.dlpack4j.bench;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TensorExporter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Ours: export, transfer out, C consumer, deleter, and the release of the owner, which happens as
 * exporters run out of blocks.
 */
@State(Scope.Thread)
public class ExportBenchmark {

  private final TensorView view = Vector.view();
  private final Owner nonBlocking = Owner.nonBlocking(() -> {});
  private final Owner calling = Owner.calling(Baselines.RELEASE_NOTHING, MemorySegment.NULL);

  @Benchmark
  public void nonBlocking() throws Throwable {
    long managed = TensorExporter.export(view, nonBlocking).transferOutAddress();
    Baselines.requireSeen((long) Baselines.CONSUME.invokeExact(managed), 1);
  }

  @Benchmark
  public void calling() throws Throwable {
    long managed = TensorExporter.export(view, calling).transferOutAddress();
    Baselines.requireSeen((long) Baselines.CONSUME.invokeExact(managed), 1);
  }

  /** As for callers that keep the handle for a while: nothing may be optimized away. */
  @Benchmark
  public void escaping(Blackhole keeper) throws Throwable {
    ExportedTensor tensor = TensorExporter.export(view, nonBlocking);
    keeper.consume(tensor);
    Baselines.requireSeen((long) Baselines.CONSUME.invokeExact(tensor.transferOutAddress()), 1);
  }
}
