package org.dlpack4j.bench;

/** How long to measure. */
enum Effort {
  /** For a look: a name within a minute. */
  QUICK(5, 10, 3, 100),

  /** For numbers that are written down. */
  FULL(15, 20, 5, 200);

  private final int rounds;
  private final int warmUpIterations;
  private final int iterations;
  private final int millis;

  Effort(int rounds, int warmUpIterations, int iterations, int millis) {
    this.rounds = rounds;
    this.warmUpIterations = warmUpIterations;
    this.iterations = iterations;
    this.millis = millis;
  }

  int rounds() {
    return rounds;
  }

  /** What each side does once before the first round, so that all its code is compiled. */
  Run warmUp() {
    return new Run(warmUpIterations, millis);
  }

  /** What each side does in each round. */
  Run round() {
    return new Run(iterations, millis);
  }

  /** So many iterations of so many milliseconds. */
  record Run(int iterations, int millis) {}
}
