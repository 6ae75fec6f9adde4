package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.util.List;

/**
 * py4j-adapter: what Python waits for, beside a bare round trip on a socket and beside what people
 * do without it. All of it is timed in Python.
 */
final class Py4jComparisons {

  private static final int LIVE_VIEW_BUDGET = 3000;

  private Py4jComparisons() {}

  static List<Comparison> all() {
    return List.of(
        sessions("py4j.handover", "uds-echo", "handover-gibibyte", "echo").goal(0.4),
        sessions("py4j.handover", "1KiB", "handover-gibibyte", "handover-kibibyte").goal(0.8),
        sessions("py4j.fetch", "uds-echo", "fetch", "echo").goal(0.6),
        compared(
                "py4j.fetch",
                "live-view-budget",
                PythonMeasure.sessions("cached"),
                Measure.constant(LIVE_VIEW_BUDGET))
            .goal(1),
        sessions("py4j.sum", "arrow-ipc", "sum", "arrow-ipc-sum").goal(4),
        sessions("py4j.bytes", "py4j-bytes", "bytes", "py4j-bytes").goal(100),
        inProcess("numpy", "first").goal(0.12),
        inProcess("numpy-live-view", "again").goal(0.66),
        spark("py4j.topandas", "collected").goal(2),
        spark("py4j.topandas.columnar", "columnar").goal(20));
  }

  private static Comparison spark(String name, String way) {
    return Comparison.of(name, "topandas", NANOSECONDS, new PySparkRound(way))
        .needs(PySparkRound::lack);
  }

  private static Comparison sessions(String name, String peer, String ours, String theirs) {
    return compared(name, peer, PythonMeasure.sessions(ours), PythonMeasure.sessions(theirs));
  }

  private static Comparison inProcess(String peer, String ours) {
    return compared(
        "py4j.inprocess", peer, PythonMeasure.inProcess(ours), PythonMeasure.inProcess("numpy"));
  }

  private static Comparison compared(String name, String peer, Measure ours, Measure theirs) {
    return Comparison.of(name, peer, NANOSECONDS, ours, theirs).needs(PythonMeasure::lack);
  }
}
