package org.dlpack4j.bench;

import static org.dlpack4j.bench.Unit.NANOSECONDS;

import java.util.List;
import java.util.stream.Stream;
import org.dlpack4j.memory.SharedMemory;

/** org.dlpack4j.memory: allocating where others can map it, beside the C library's own heap. */
final class SegmentComparisons {

  private static final String NAME = "core.segment";

  private SegmentComparisons() {}

  static List<Comparison> all() {
    return Stream.of(
            size("64b", "bytes64", "zeroedBytes64", "64Bytes", 0.3),
            size("64kib", "kib64", "zeroedKib64", "64Kib", 0.3),
            size("16mib", "mib16", "zeroedMib16", "16Mib", 1))
        .flatMap(List::stream)
        .toList();
  }

  private static List<Comparison> size(
      String size, String raw, String zeroed, String heap, double goal) {
    Measure ours = JmhMeasure.nanos(SegmentBenchmark.class, raw);
    return List.of(
        against("malloc-" + size, ours, "malloc" + heap).goal(goal),
        against("malloc-loop-" + size, ours, "loop" + heap),
        against(
            "calloc-" + size, JmhMeasure.nanos(SegmentBenchmark.class, zeroed), "calloc" + heap));
  }

  private static Comparison against(String peer, Measure ours, String method) {
    return Comparison.of(
            NAME, peer, NANOSECONDS, ours, JmhMeasure.nanos(HeapBenchmark.class, method))
        .needs(SharedMemory::lack);
  }
}
