package org.dlpack4j.doctor;

import java.io.IOException;

/**
 * One thing to look at.
 *
 * @param name what is looked at, in a few words
 */
record Check(String name, Question question) {

  /** The longest that {@link Table} has room for. */
  static final int NAME_LENGTH = 22;

  static final String NATIVE_ACCESS_FLAG = "--enable-native-access=ALL-UNNAMED";

  /** Looks at a machine. */
  @FunctionalInterface
  interface Question {
    Verdict ask(Host host) throws IOException, InterruptedException;
  }

  Check {
    if (name.isEmpty() || name.length() > NAME_LENGTH) {
      throw new IllegalArgumentException(
          "name: expected 1 to " + NAME_LENGTH + " characters but found " + name);
    }
  }

  /** A check that throws is a finding like others: the report must not end there. */
  Finding on(Host host) throws InterruptedException {
    try {
      return new Finding(name, question.ask(host));
    } catch (IOException | RuntimeException | LinkageError | AssertionError e) {
      return new Finding(name, broken(e, host.nativeAccess()));
    }
  }

  private static Verdict broken(Throwable thrown, boolean nativeAccess) {
    String found = message(thrown);
    if (found.contains(UnsatisfiedLinkError.class.getName())) {
      return Verdict.broken(
          found, "do what the message says, or leave -Dorg.dlpack4j.deleter=native out");
    }
    // An initializer that failed once is remembered without its cause.
    if (!nativeAccess
        && (thrown instanceof LinkageError || thrown instanceof IllegalCallerException)) {
      return Verdict.broken(
          "needs native access, which this JVM denies", "start Java with " + NATIVE_ACCESS_FLAG);
    }
    return Verdict.broken(found, "report it, with the output of bin/doctor --json");
  }

  /** What wraps an initializer's exception says nothing by itself. */
  private static String message(Throwable thrown) {
    Throwable cause = thrown.getCause();
    boolean wraps =
        thrown instanceof ExceptionInInitializerError || thrown instanceof NoClassDefFoundError;
    return wraps && cause != null
        ? message(cause)
        : thrown.toString().replaceAll("\\s*\\R\\s*", " ");
  }
}
