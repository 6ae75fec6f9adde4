package org.dlpack4j.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What a check came to.
 *
 * @param found what is there, in one line
 * @param fix what to do, in one line; every lack has one, and what is not needed may
 */
record Verdict(State state, String found, @Nullable String fix) {

  Verdict {
    boolean fits =
        switch (state) {
          case OK -> fix == null;
          case NOT_NEEDED -> true;
          case DEGRADED, MISSING, BROKEN -> fix != null;
        };
    if (!fits) {
      throw new IllegalArgumentException(
          "fix: expected one for a lack and none for what is well but found "
              + fix
              + " for "
              + state);
    }
  }

  static Verdict ok(String found) {
    return new Verdict(State.OK, found, null);
  }

  static Verdict notNeeded(String found) {
    return new Verdict(State.NOT_NEEDED, found, null);
  }

  static Verdict notNeeded(String found, String ifWanted) {
    return new Verdict(State.NOT_NEEDED, found, ifWanted);
  }

  static Verdict degraded(String found, String fix) {
    return new Verdict(State.DEGRADED, found, fix);
  }

  static Verdict missing(String found, String fix) {
    return new Verdict(State.MISSING, found, fix);
  }

  static Verdict broken(String found, String fix) {
    return new Verdict(State.BROKEN, found, fix);
  }
}
