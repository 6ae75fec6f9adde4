package org.dlpack4j.bench;

import java.util.List;
import java.util.stream.Stream;

/** All that can be compared. */
final class Comparisons {

  private static final List<Comparison> ALL =
      Stream.of(
              CoreComparisons.all(),
              ImportComparisons.all(),
              CopyComparisons.all(),
              TableComparisons.all(),
              SegmentComparisons.all(),
              ExchangeComparisons.all(),
              ArrowComparisons.all(),
              Py4jComparisons.all(),
              CudfComparisons.all(),
              GpuComparisons.all())
          .flatMap(List::stream)
          .toList();

  private Comparisons() {}

  static List<Comparison> all() {
    return ALL;
  }

  static List<String> names() {
    return ALL.stream().map(Comparison::name).distinct().toList();
  }

  static Comparison find(String name, String peer) {
    return ALL.stream()
        .filter(comparison -> comparison.name().equals(name) && comparison.peer().equals(peer))
        .findFirst()
        .orElseThrow();
  }
}
