package org.dlpack4j.py4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Services for tests, and waiting for what happens on their threads. */
final class Services {

  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final Duration SOON = Duration.ofMillis(200);

  private Services() {}

  /** One with clocks of its own: what a test does not wait for must not run out meanwhile. */
  static TensorService waitingFor(Duration hello, Duration send, Duration ticket) {
    Limits limits = new Limits(hello, send, ticket, SOON, 64, 1024, 1 << 20);
    return TensorService.start(TensorServiceOptions.DEFAULT, limits, peer -> true);
  }

  /** Waits until something is so that another thread makes so. */
  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(condition.getAsBoolean()).as(what).isTrue();
  }
}
