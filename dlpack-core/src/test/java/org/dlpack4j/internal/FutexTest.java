package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.concurrent.TimeUnit;
import org.dlpack4j.Concurrently;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FutexTest {

  private final long word = Memory.reserve(64, 64);

  @BeforeEach
  void needsLinux() {
    assumeThat(Futex.AVAILABLE).isTrue();
  }

  @Test
  void doesNotSleepOnAnotherValue() {
    long start = System.nanoTime();

    Futex.await(word, 1, TimeUnit.SECONDS.toNanos(30));

    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(20));
  }

  @Test
  void sleepsNoLongerThanTold() {
    long start = System.nanoTime();

    Futex.await(word, 0, TimeUnit.MILLISECONDS.toNanos(5));

    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(20));
  }

  @Test
  void wakesASleeper() throws InterruptedException {
    long start = System.nanoTime();

    Concurrently.run(
        2,
        thread -> {
          if (thread == 0) {
            // May wake without a reason, as its callers know.
            while (Memory.ALL.get(JAVA_INT, word) == 0) {
              Futex.await(word, 0, TimeUnit.SECONDS.toNanos(30));
            }
          } else {
            Memory.ALL.set(JAVA_INT, word, 1);
            Futex.wake(word);
          }
        });

    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(20));
  }
}
