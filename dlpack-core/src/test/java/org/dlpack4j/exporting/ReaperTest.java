package org.dlpack4j.exporting;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.exporting.GlobalExports.PATIENCE;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.dlpack4j.Concurrently;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A reaper with a pool of its own, one for all tests as it never ends. */
class ReaperTest {

  private static final long DOORBELL = Reaper.newDoorbell();
  private static final SlabPool POOL = new SlabPool(new SlabMemory(), DOORBELL);
  private static final Clock CLOCK = new Clock();
  private static final Reaper REAPER = new Reaper(POOL, DOORBELL, CLOCK);

  private final CountingOwner owner = CountingOwner.blocking();

  @BeforeAll
  static void start() {
    REAPER.start();
  }

  /** The doorbell says so once nothing is left to do. */
  private static void awaitAsleep() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (Memory.ALL.get(JAVA_INT, DOORBELL) == 0) {
      assertThat(System.nanoTime() - deadline).as("the reaper does not go to sleep").isNegative();
      LockSupport.parkNanos(100_000);
    }
  }

  @Test
  void wakesWhenSomethingIsDeleted() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      CountingOwner woken = CountingOwner.blocking();
      awaitAsleep();

      SlabHeader.mark(TestSlabs.export(POOL, Lane.BLOCKING, woken));

      assertThat(woken.released().await(CountingOwner.SECONDS, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void releasesBothLanes() throws InterruptedException {
    CountingOwner quick = CountingOwner.nonBlocking();
    SlabHeader.mark(TestSlabs.export(POOL, Lane.NON_BLOCKING, quick));
    SlabHeader.mark(TestSlabs.export(POOL, Lane.BLOCKING, owner));

    assertThat(REAPER.awaitReleased(quick, PATIENCE)).isTrue();
    assertThat(REAPER.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(quick.releases()).isEqualTo(1);
    assertThat(owner.releases()).isEqualTo(1);
  }

  @Test
  void releasesEverythingOfAStorm() throws InterruptedException {
    int count = 10_000;

    Concurrently.run(
        3,
        thread -> {
          for (int i = 0; i < count; i++) {
            SlabHeader.mark(TestSlabs.export(POOL, Lane.BLOCKING, owner));
          }
        });

    assertThat(REAPER.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(owner.releases()).isEqualTo(3 * count);
  }

  @Test
  void outlivesReleasesThatThrow() throws InterruptedException {
    Owner failing =
        () -> {
          throw new IllegalStateException("no release");
        };
    TestSlabs.delete(TestSlabs.export(POOL, Lane.BLOCKING, failing, 3));
    assertThat(REAPER.awaitReleased(failing, PATIENCE)).isTrue();

    SlabHeader.mark(TestSlabs.export(POOL, Lane.BLOCKING, owner));

    assertThat(REAPER.awaitReleased(owner, PATIENCE)).isTrue();
  }

  @Test
  void waitsForTheLastBlockOfAnOwner() throws InterruptedException {
    List<Long> blocks = TestSlabs.export(POOL, Lane.BLOCKING, owner, 3);

    TestSlabs.delete(blocks.subList(0, 2));
    assertThat(REAPER.awaitReleased(owner, Duration.ofMillis(20))).isFalse();
    TestSlabs.delete(blocks.subList(2, 3));

    assertThat(REAPER.awaitReleased(owner, PATIENCE)).isTrue();
    assertThat(owner.releases()).isEqualTo(3);
  }

  @Test
  void isSeenByAWaiterThatCameBeforeTheDelete() throws InterruptedException {
    long block = TestSlabs.export(POOL, Lane.BLOCKING, owner);

    Concurrently.run(
        2,
        thread -> {
          if (thread == 0) {
            assertThat(REAPER.awaitReleased(owner, PATIENCE)).isTrue();
            assertThat(owner.releases()).isEqualTo(1);
          } else {
            awaitAsleep();
            SlabHeader.mark(block);
          }
        });
  }

  @Test
  void looksAtTheClockWhileItSleeps() {
    awaitAsleep();
    int before = CLOCK.ticks();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (CLOCK.ticks() - before < 10) {
      assertThat(System.nanoTime() - deadline).as("the clock stands still").isNegative();
      LockSupport.parkNanos(1_000_000);
    }
  }
}
