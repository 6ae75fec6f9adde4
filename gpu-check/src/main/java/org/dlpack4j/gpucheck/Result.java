package org.dlpack4j.gpucheck;

import java.util.Locale;

/** How a test has ended. */
enum Result {
  PASSED,
  FAILED,
  SKIPPED;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Result of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
