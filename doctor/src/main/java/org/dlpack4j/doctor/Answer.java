package org.dlpack4j.doctor;

import java.util.List;
import java.util.Optional;

/**
 * What a process said before it ended, by itself or because its time was up. What it says of value
 * are lines of a key, a tab, and a value; others are somebody's warnings.
 *
 * @param exitCode 128 and the signal's number if one killed it
 * @param timedOut whether it was killed because its time was up
 * @param lines standard output and standard error together
 */
record Answer(int exitCode, boolean timedOut, List<String> lines) {

  Optional<String> value(String key) {
    return values(key).stream().findFirst();
  }

  List<String> values(String key) {
    String start = key + "\t";
    return lines.stream()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()))
        .toList();
  }

  /** How it ended, if not well. */
  Optional<String> failure() {
    if (timedOut) {
      return Optional.of("did not answer in time");
    }
    return exitCode == 0 ? Optional.empty() : Optional.of("ended with exit code " + exitCode);
  }
}
