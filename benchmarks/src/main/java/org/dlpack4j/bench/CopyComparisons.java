package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.MILLISECONDS;

import java.util.List;

/** dlpack-core's copies: 256 MiB of a strided matrix, on all cores. */
final class CopyComparisons {

  private static final double NANOS_PER_MILLI = 1e6;

  private CopyComparisons() {}

  static List<Comparison> all() {
    String doubles = "core.copy";
    String floats = "core.copy-float32";
    return List.of(
        Comparison.of(doubles, "memcpy", MILLISECONDS, ours("rowsToExisting"), ours("memcpy"))
            .goal(0.6),
        withLibtorch(doubles, "torch-contiguous", "rows").goal(1),
        withLibtorch(doubles, "torch-every-second", "everySecond"),
        withLibtorch(doubles, "torch-transposed", "transposed"),
        withLibtorch(floats, "torch-contiguous", "rows32").goal(1),
        withLibtorch(floats, "torch-every-second", "everySecond32"),
        withLibtorch(floats, "torch-transposed", "transposed32"));
  }

  private static Comparison withLibtorch(String name, String peer, String method) {
    Measure theirs = millis(LibtorchCopyBenchmark.class, method);
    return Comparison.of(name, peer, MILLISECONDS, ours(method), theirs)
        .needs(LibtorchBenchmark::lack);
  }

  private static Measure ours(String method) {
    return millis(CopyBenchmark.class, method);
  }

  private static Measure millis(Class<?> benchmark, String method) {
    Measure nanos = JmhMeasure.nanos(benchmark, method);
    return run -> nanos.measure(run) / NANOS_PER_MILLI;
  }
}
