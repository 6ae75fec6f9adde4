package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** cudf-adapter: columns out and in, on the simulated driver. */
final class CudfComparisons {

  /** Where cuDF's libraries are, unpacked once; bin/bench sets it. */
  static final String NATIVES_PROPERTY = "org.dlpack4j.bench.cudf";

  private CudfComparisons() {}

  static List<Comparison> all() {
    Measure exported = JmhMeasure.nanos(CudfBenchmark.class, "export");
    Measure blocking = JmhMeasure.nanos(CudfBenchmark.class, "coreBlocking");
    Measure adopted = JmhMeasure.nanos(CudfBenchmark.class, "adopt");
    Measure constructed = JmhMeasure.nanos(CudfBenchmark.class, "cudfConstructor");
    return List.of(
        comparison("cudf.export", "core-blocking", exported, blocking).goal(0.6),
        comparison("cudf.adopt", "cudf-constructor", adopted, constructed).goal(0.7));
  }

  private static Comparison comparison(String name, String peer, Measure ours, Measure theirs) {
    return Comparison.of(name, peer, NANOSECONDS, ours, theirs)
        .withJvmOptions("-Dai.rapids.cudf.lib-native-dir=" + natives())
        .needs(CudfComparisons::lack);
  }

  private static Path natives() {
    return Path.of(System.getProperty(NATIVES_PROPERTY, ""));
  }

  private static Optional<String> lack() {
    return Files.exists(natives().resolve("libcudf.so"))
        ? Optional.empty()
        : Optional.of(
            "expected cuDF's libraries in '%s' but found none; use bin/bench".formatted(natives()));
  }
}
