package org.dlpack4j.copying;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who does the work, who waits for whom, and what becomes of a failure. */
class TeamTest {

  private static final int PIECES = 10_000;

  @Test
  void doesEveryPieceOnce() {
    for (int threads = 1; threads <= 5; threads++) {
      AtomicIntegerArray times = new AtomicIntegerArray(PIECES);

      Team.run(threads, 100, PIECES, piece -> times.incrementAndGet((int) piece));

      for (int piece = 0; piece < PIECES; piece++) {
        assertThat(times.get(piece)).isEqualTo(piece < 100 ? 0 : 1);
      }
    }
  }

  @Test
  void doesNothingIfThereIsNothing() {
    Team.run(
        4,
        7,
        7,
        piece -> {
          throw new AssertionError("piece " + piece);
        });
  }

  @Test
  void hasHelpersAtWorkBesideTheCaller() {
    CountDownLatch both = new CountDownLatch(2);

    Team.run(
        2,
        0,
        2,
        piece -> {
          both.countDown();
          await(both);
        });

    assertThat(both.getCount()).isZero();
  }

  @Test
  void throwsWhatAHelperThrewAndEndsTheWork() {
    Thread caller = Thread.currentThread();
    CountDownLatch begun = new CountDownLatch(1);

    assertThatThrownBy(
            () ->
                Team.run(
                    2,
                    0,
                    Long.MAX_VALUE / 2, // more than can be done: the failure must end it
                    piece -> {
                      if (!Thread.currentThread().equals(caller)) {
                        begun.countDown();
                        throw new IllegalStateException("from piece " + piece);
                      }
                      await(begun);
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("from piece ");
  }

  @Test
  void waitsForAHelperEvenIfTheCallerFails() {
    Thread caller = Thread.currentThread();
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean helped = new AtomicBoolean();

    assertThatExceptionOfType(StackOverflowError.class)
        .isThrownBy(
            () ->
                Team.run(
                    2,
                    0,
                    2,
                    piece -> {
                      if (Thread.currentThread().equals(caller)) {
                        await(begun);
                        throw new StackOverflowError();
                      }
                      begun.countDown();
                      while (caller.getState() != Thread.State.WAITING) {
                        Thread.onSpinWait();
                      }
                      helped.set(true);
                    }));

    assertThat(helped).isTrue();
  }

  @Test
  void keepsAnInterruptForLater() {
    CountDownLatch both = new CountDownLatch(2);
    Thread caller = Thread.currentThread();

    caller.interrupt();
    Team.run(
        2,
        0,
        2,
        piece -> {
          both.countDown();
          while (both.getCount() != 0) {
            Thread.onSpinWait();
          }
        });

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void doesTheWorkAloneWhereThePoolIsBusy() {
    int tasks = 3 * (ForkJoinPool.getCommonPoolParallelism() + 1);
    AtomicLong done = new AtomicLong();
    List<ForkJoinTask<?>> running = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      running.add(
          ForkJoinPool.commonPool()
              .submit(() -> Team.run(4, 0, PIECES, piece -> done.incrementAndGet())));
    }

    running.forEach(ForkJoinTask::join);

    assertThat(done).hasValue((long) tasks * PIECES);
  }

  @Test
  void worksForVirtualThreads() throws InterruptedException {
    AtomicLong done = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      threads.add(
          Thread.startVirtualThread(() -> Team.run(3, 0, PIECES, piece -> done.incrementAndGet())));
    }

    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(done).hasValue(20L * PIECES);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
