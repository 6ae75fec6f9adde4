package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** cudf-adapter: columns out and in, on the simulated driver. */
final class CudfComparisons {

  /** Where the module's tests have cuDF's libraries from, too. */
  private static final Path NATIVES = Path.of("cudf-adapter/target/cudf-natives").toAbsolutePath();

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
        .withJvmOptions("-Dai.rapids.cudf.lib-native-dir=" + NATIVES)
        .needs(CudfComparisons::lack);
  }

  private static Optional<String> lack() {
    return Files.exists(NATIVES.resolve("libcudf.so"))
        ? Optional.empty()
        : Optional.of(
            "expected libcudf.so in %s but found none; run mvn verify".formatted(NATIVES));
  }
}
