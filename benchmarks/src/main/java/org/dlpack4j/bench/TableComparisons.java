package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.util.List;

/** dlpack-core: what a column of a table costs, beside a tensor by itself. */
final class TableComparisons {

  private TableComparisons() {}

  static List<Comparison> all() {
    Measure export = measure("exportMany");
    Measure single = JmhMeasure.nanos(ExportBenchmark.class, "nonBlocking");
    Measure adopt = measure("importMany");
    Measure view = JmhMeasure.nanos(ImportBenchmark.class, "view");
    return List.of(
        Comparison.of("core.table", "single", NANOSECONDS, export, single).goal(0.8),
        Comparison.of(
            "core.table", "single-together", NANOSECONDS, export, measure("exportTensors")),
        Comparison.of("core.table", "ten-columns", NANOSECONDS, export, measure("exportFew"))
            .goal(0.8),
        Comparison.of("core.table.import", "single", NANOSECONDS, adopt, view).goal(1.2),
        Comparison.of(
            "core.table.import", "single-columns", NANOSECONDS, adopt, measure("importTensors")));
  }

  private static Measure measure(String method) {
    return JmhMeasure.nanos(TableBenchmark.class, method);
  }
}
