package org.dlpack4j.bench;

import java.util.Locale;
import java.util.stream.DoubleStream;

/** Numbers for people. */
final class Numbers {

  private Numbers() {}

  /** About three digits. */
  static String format(double value) {
    return String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
  }

  static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
