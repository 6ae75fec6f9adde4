package org.dlpack4j.doctor;

import java.util.Locale;

/** How a thing is, from best to worst. */
enum State {
  /** There, and works. */
  OK,

  /** Not there, and nothing that dlpack4j does by itself misses it. */
  NOT_NEEDED,

  /** Works, with less than there could be. */
  DEGRADED,

  /** Not there; what it is for does not work. */
  MISSING,

  /** There, and does not work. */
  BROKEN;

  /** Whether what was looked at stops nobody. */
  boolean works() {
    return compareTo(DEGRADED) <= 0;
  }

  /** As people and programs read it. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
