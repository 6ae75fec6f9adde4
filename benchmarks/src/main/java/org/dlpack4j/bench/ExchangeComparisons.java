package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.util.List;
import java.util.Optional;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.exporting.Exports;

/** What it costs others to have a tensor allocated by our exchange API, and to delete it. */
final class ExchangeComparisons {

  private static final Measure OURS = JmhMeasure.nanos(ExchangeBenchmark.class, "ours");
  private static final Measure MALLOC = JmhMeasure.nanos(ExchangeBenchmark.class, "malloc");

  private ExchangeComparisons() {}

  static List<Comparison> all() {
    return List.of(
        Comparison.of("core.exchange", "c", NANOSECONDS, OURS, MALLOC)
            .goal(0.4)
            .needs(ExchangeComparisons::nativeTable),
        Comparison.of("core.exchange.stub", "c", NANOSECONDS, OURS, MALLOC)
            .withJvmOptions("-Dorg.dlpack4j.deleter=upcall"));
  }

  private static Optional<String> nativeTable() {
    return Exports.deleterKind() == DeleterKind.NATIVE
        ? Optional.empty()
        : Optional.of(Exports.deleterDescription());
  }
}
