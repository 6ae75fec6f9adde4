package org.dlpack4j.internal;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Whether there is a Flight Recorder, and what it is told. Whoever touches an event class looks
 * here first: without the module {@code jdk.jfr} none of them can be loaded.
 */
public final class Flight {

  /** Constant, so that nothing is paid where there is none. */
  public static final boolean AVAILABLE = isAvailable();

  /** One in so many of the frequent events is recorded; all of them while leaks are watched. */
  public static final int SAMPLING = LeakWatch.ON ? 1 : 1024;

  private Flight() {}

  private static boolean isAvailable() {
    try {
      return Class.forName("jdk.jfr.Event", false, Flight.class.getClassLoader()) != null;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * Whether to record this one of the frequent events. By chance, so that no rhythm of a program
   * falls in with it, and only asked while they are recorded.
   *
   * @return true once in {@link #SAMPLING}
   */
  public static boolean isSampled() {
    return SAMPLING == 1 || ThreadLocalRandom.current().nextInt(SAMPLING) == 0;
  }
}
