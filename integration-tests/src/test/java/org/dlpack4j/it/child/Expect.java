package org.dlpack4j.it.child;

/** Assertions of a child, which has no assertion library: the parent sees the exit code. */
final class Expect {

  private Expect() {}

  static void equal(String what, long expected, long found) {
    that(what + ": expected " + expected + " but found " + found, expected == found);
  }

  static void atMost(String what, long most, long found) {
    that(what + ": expected at most " + most + " but found " + found, found <= most);
  }

  static void that(String message, boolean condition) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }
}
