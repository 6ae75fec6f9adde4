package org.dlpack4j.bench;

import java.util.Optional;

/** What a comparison needs that not every machine has. */
@FunctionalInterface
interface Requirement {

  Requirement NOTHING = Optional::empty;

  /**
   * Looks for it, in the JVM that would do the comparison.
   *
   * @return why it cannot be had, and what to do; empty if it is there
   */
  Optional<String> lack();
}
