package org.dlpack4j.bench;

/** What is done again and again to compare two sides. */
@FunctionalInterface
interface Round {

  /**
   * Measures both sides.
   *
   * @param oursFirst whether we go first, for sides that take turns
   */
  Sample run(Effort.Run run, boolean oursFirst) throws Exception;

  /** One after the other, each first in every other round: what drifts hits both alike. */
  static Round alternating(Measure ours, Measure theirs) {
    return (run, oursFirst) -> {
      if (oursFirst) {
        double first = ours.measure(run);
        return new Sample(first, theirs.measure(run));
      }
      double first = theirs.measure(run);
      return new Sample(ours.measure(run), first);
    };
  }

  /** Both sides of one round. */
  record Sample(double ours, double theirs) {}
}
