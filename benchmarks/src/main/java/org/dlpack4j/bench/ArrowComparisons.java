package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.BYTES;
import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.util.List;
import java.util.stream.Stream;
import org.dlpack4j.memory.SharedMemory;

/** arrow-adapter: vectors out and in, beside Arrow's own ways; and its buffers in shared memory. */
final class ArrowComparisons {

  private ArrowComparisons() {}

  static List<Comparison> all() {
    return Stream.of(exports(), imports(), batches(), copied(), allocations())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Comparison> exports() {
    String name = "arrow.export";
    Measure ours = JmhMeasure.nanos(ArrowExportBenchmark.class, "ours");
    Measure arrow = JmhMeasure.nanos(ArrowExportBenchmark.class, "arrowJava");
    Measure core = JmhMeasure.nanos(ExportBenchmark.class, "nonBlocking");
    return List.of(
        comparison(name, "arrow-c-data", ours, arrow).goal(10),
        comparison(name, "core", ours, core).goal(0.5));
  }

  private static List<Comparison> imports() {
    String name = "arrow.import";
    Measure ours = JmhMeasure.nanos(ArrowImportBenchmark.class, "ours");
    Measure large = JmhMeasure.nanos(ArrowImportBenchmark.class, "oursLarge");
    Measure arrow = JmhMeasure.nanos(ArrowImportBenchmark.class, "arrowJava");
    Measure wrapped = JmhMeasure.nanos(ArrowImportBenchmark.class, "wrapLoadClose");
    return List.of(
        comparison(name, "arrow-c-data", ours, arrow).goal(4),
        comparison(name, "wrap-load-close", ours, wrapped).goal(0.9),
        comparison(name + ".gibibyte", "1KiB", large, ours).goal(0.8));
  }

  private static List<Comparison> batches() {
    Measure table = JmhMeasure.nanos(ArrowRootBenchmark.class, "ours");
    Measure cData = JmhMeasure.nanos(ArrowCDataBenchmark.class, "ours");
    Measure arrow = JmhMeasure.nanos(ArrowCDataBenchmark.class, "arrowJava");
    return List.of(
        comparison("arrow.root", "arrow-c-data", table, arrow).goal(6),
        comparison("arrow.cdata", "arrow-c-data", cData, arrow).goal(3));
  }

  private static List<Comparison> copied() {
    // Not loaded before it is asked for: gpu-check has these comparisons, but no Arrow.
    Measure ours = run -> new ArrowCopied().measure(run);
    Measure budget = Measure.constant(ArrowCopied.BUDGET);
    return List.of(
        Comparison.of("arrow.copied", "64th-of-the-column", BYTES, ours, budget)
            .goal(1)
            .withJvmPerRound());
  }

  private static List<Comparison> allocations() {
    return List.of(
        allocation("64b", "Bytes64"), allocation("64kib", "Kib64"), allocation("16mib", "Mib16"));
  }

  private static Comparison allocation(String size, String method) {
    Measure ours = JmhMeasure.nanos(ArrowAllocBenchmark.class, "shared" + method);
    Measure arrow = JmhMeasure.nanos(ArrowAllocBenchmark.class, "unsafe" + method);
    return comparison("arrow.alloc", "arrow-memory-unsafe-" + size, ours, arrow)
        .goal(0.5)
        .needs(SharedMemory::lack);
  }

  /** Arrow's own C Data module cannot do without its option. */
  private static Comparison comparison(String name, String peer, Measure ours, Measure theirs) {
    return Comparison.of(name, peer, NANOSECONDS, ours, theirs)
        .withJvmOptions("--add-opens=java.base/java.nio=ALL-UNNAMED");
  }
}
