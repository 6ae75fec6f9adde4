package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.BYTES;
import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.util.List;
import java.util.stream.Stream;

/** dlpack-core: what one imported tensor costs, from its producer in C to its deleter in C. */
final class ImportComparisons {

  private static final Measure IN_C = JmhMeasure.nanos(MatrixBenchmark.class, "loopInC");

  private ImportComparisons() {}

  static List<Comparison> all() {
    return Stream.of(reusable(), view(), garbage()).flatMap(List::stream).toList();
  }

  private static List<Comparison> reusable() {
    Measure reusable = JmhMeasure.nanos(ImportBenchmark.class, "reusable");
    Measure libtorch = JmhMeasure.nanos(LibtorchImportBenchmark.class, "loopInC");
    Measure libtorchPerCall = JmhMeasure.nanos(LibtorchImportBenchmark.class, "callPerTensor");
    String name = "core.import";
    return List.of(
        Comparison.of(name, "c", NANOSECONDS, reusable, IN_C).goal(0.18),
        Comparison.of(name, "libtorch", NANOSECONDS, reusable, libtorch)
            .goal(2)
            .needs(LibtorchBenchmark::lack),
        Comparison.of(name, "libtorch-call-per-tensor", NANOSECONDS, reusable, libtorchPerCall)
            .needs(LibtorchBenchmark::lack));
  }

  private static List<Comparison> view() {
    Measure view = JmhMeasure.nanos(ImportBenchmark.class, "view");
    return List.of(Comparison.of("core.view", "c", NANOSECONDS, view, IN_C).goal(0.07));
  }

  private static List<Comparison> garbage() {
    return List.of(
        // 0 bytes each, but JMH's own few are counted in; one byte is less than any object has.
        garbage("flyweight-budget", "reusable", 1),
        garbage("handle-budget", "escapingHandle", 160),
        garbage("view-budget", "escapingView", 320));
  }

  private static Comparison garbage(String peer, String method, int bytes) {
    Measure garbage = new JmhGarbage(ImportBenchmark.class, method);
    return Comparison.of("core.import.garbage", peer, BYTES, garbage, Measure.constant(bytes))
        .goal(1);
  }
}
