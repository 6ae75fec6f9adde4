package org.dlpack4j.doctor;

import java.util.Optional;

/** Checks for jars that a user brings along. */
final class Jars {

  private static final String LACK = "not on the class path that was looked at";
  private static final String LOOK = ", and look again with --class-path";

  private Jars() {}

  /** A jar that the adapter is nothing without. */
  static Check required(String name, String resource, String coordinates) {
    return new Check(
        name,
        host ->
            found(host, resource)
                .orElseGet(() -> Verdict.missing(LACK, "add " + coordinates + LOOK)));
  }

  /** A jar that some users want. */
  static Check optional(String name, String resource, String coordinates, String what) {
    return new Check(
        name,
        host ->
            found(host, resource)
                .orElseGet(
                    () -> Verdict.notNeeded(LACK + "; " + what, "add " + coordinates + LOOK)));
  }

  private static Optional<Verdict> found(Host host, String resource) {
    return host.jarWith(resource).map(jar -> Verdict.ok(String.valueOf(jar.getFileName())));
  }
}
