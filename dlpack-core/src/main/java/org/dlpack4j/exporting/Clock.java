package org.dlpack4j.exporting;

import java.time.Duration;

/**
 * The time in coarse ticks, for exports to read as they would read any field. It stands still
 * between updates: the reaper makes one a second.
 */
final class Clock {

  static final Duration TICK = Duration.ofMillis(100);

  private final long start = System.nanoTime();
  private volatile int ticks;

  /** As of the last update. */
  int ticks() {
    return ticks;
  }

  /** As of now. */
  int update() {
    int now = (int) ((System.nanoTime() - start) / TICK.toNanos());
    ticks = now;
    return now;
  }
}
