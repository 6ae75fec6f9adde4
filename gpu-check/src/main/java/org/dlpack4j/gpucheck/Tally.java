package org.dlpack4j.gpucheck;

import java.util.List;

/** The end of it all. */
record Tally(long passed, long failed, long skipped) {

  static Tally of(List<Outcome> outcomes) {
    return new Tally(
        sum(outcomes, Result.PASSED), sum(outcomes, Result.FAILED), sum(outcomes, Result.SKIPPED));
  }

  private static long sum(List<Outcome> outcomes, Result result) {
    return outcomes.stream().mapToLong(outcome -> outcome.count(result)).sum();
  }

  /** The last line, for programs to read. */
  @Override
  public String toString() {
    return "%d passed, %d failed, %d skipped".formatted(passed, failed, skipped);
  }
}
