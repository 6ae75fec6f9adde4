package org.dlpack4j.it.datalog;

/** One step of a join. It calls the step after it for every way to go on. */
@FunctionalInterface
interface Step {

  /**
   * Goes on from here.
   *
   * @param values of the rule's variables and constants, by slot; those that earlier steps have
   *     bound
   */
  void run(long[] values);
}
