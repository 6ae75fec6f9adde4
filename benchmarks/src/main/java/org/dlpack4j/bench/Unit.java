package org.dlpack4j.bench;

/** What is compared. */
enum Unit {
  NANOSECONDS("ns", true),
  MILLISECONDS("ms", true),
  BYTES("B", true),
  MILLIONS_PER_SECOND("M/s", false),
  TIMES("x", false);

  private final String symbol;
  private final boolean lessIsBetter;

  Unit(String symbol, boolean lessIsBetter) {
    this.symbol = symbol;
    this.lessIsBetter = lessIsBetter;
  }

  String symbol() {
    return symbol;
  }

  /** How many times better ours is. */
  double speedup(double ours, double theirs) {
    return lessIsBetter ? theirs / ours : ours / theirs;
  }
}
