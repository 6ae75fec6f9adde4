package org.dlpack4j.bench;

/** Something that can be measured again and again in this JVM. */
@FunctionalInterface
interface Measure {

  /**
   * Measures once.
   *
   * @return in the unit of the comparison
   * @throws Exception if the code measured does not work; there is no number then
   */
  double measure(Effort.Run run) throws Exception;

  /** A budget. */
  static Measure constant(double value) {
    return run -> value;
  }

  /** How many times more the first is than the second. */
  static Measure ratio(Measure numerator, Measure denominator) {
    return run -> numerator.measure(run) / denominator.measure(run);
  }
}
