package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.exporting.TestSlabs.BLOCKS;
import static org.dlpack4j.exporting.TestSlabs.delete;
import static org.dlpack4j.exporting.TestSlabs.fill;
import static org.dlpack4j.exporting.TestSlabs.slab;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.Concurrently;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.Owner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Owners of blocks: drained, in quarantine, refilled. */
class SlabTest {

  private static final int WORTH = Slab.WORTH_REFILLING;

  private final CountingOwner owner = CountingOwner.nonBlocking();
  private final Slab slab = slab(Lane.NON_BLOCKING);

  @Test
  void releasesTheOwnersOfDeletedBlocksOnce() {
    List<Long> blocks = fill(slab, owner);
    assertThat(slab.drain()).isZero();

    delete(blocks.subList(0, 3));
    assertThat(slab.drain()).isEqualTo(3);
    assertThat(slab.drain()).isZero();

    assertThat(owner.releases()).isEqualTo(3);
    assertThat(owner.releasedBy()).isSameAs(Thread.currentThread());
  }

  @Test
  void keepsDrainedBlocksInQuarantineUntilRefilled() {
    List<Long> blocks = fill(slab, owner);
    delete(blocks);
    slab.drain();

    assertThat(slab.claim()).as("in quarantine").isZero();
    delete(blocks.subList(0, 2));
    assertThat(SlabHeader.doubleDeletes(slab.address)).as("still recognized").isEqualTo(2);
    assertThat(slab.drain()).isZero();

    assertThat(slab.refill()).isTrue();
    assertThat(fill(slab, owner)).hasSameElementsAs(blocks);
    assertThat(owner.releases()).isEqualTo(BLOCKS);
  }

  @Test
  void drainsItselfOnRefillIfNobodyWaits() {
    delete(fill(slab, owner));

    assertThat(slab.refill()).isTrue();

    assertThat(owner.releases()).isEqualTo(BLOCKS);
    assertThat(fill(slab, owner)).hasSize(BLOCKS);
  }

  @Test
  void leavesBlockingReleasesToTheReaper() {
    Slab blocking = slab(Lane.BLOCKING);
    delete(fill(blocking, owner));

    assertThat(blocking.refill()).isFalse();
    assertThat(blocking.claim()).isZero();
    assertThat(owner.releases()).isZero();

    assertThat(blocking.drain()).isEqualTo(BLOCKS);
    assertThat(blocking.refill()).isTrue();
    assertThat(fill(blocking, owner)).hasSize(BLOCKS);
  }

  @Test
  void isNotWorthRefillingForAFewBlocks() {
    List<Long> blocks = fill(slab, owner);
    delete(blocks.subList(0, WORTH - 1));

    assertThat(slab.refill()).isFalse();
    assertThat(slab.claim()).isZero();

    delete(blocks.subList(WORTH - 1, WORTH));
    assertThat(slab.refill()).isTrue();
    assertThat(fill(slab, owner)).hasSize(WORTH);
  }

  @Test
  void countsFreeBlocksAsWorthToo() {
    List<Long> blocks = fill(slab, owner);
    for (long block : blocks.subList(0, WORTH)) {
      SlabHeader.unclaim(block);
    }

    assertThat(slab.refill()).isTrue();
  }

  @Test
  void doesNotFreeBlocksDeletedBehindADrainOfTheBlockingLane() {
    Slab blocking = slab(Lane.BLOCKING);
    List<Long> blocks = fill(blocking, owner);
    delete(blocks.subList(0, 10));
    blocking.drain();
    delete(blocks.subList(10, 20));

    assertThat(blocking.refill()).isTrue();
    assertThat(fill(blocking, owner)).hasSameElementsAs(blocks.subList(0, 10));
    assertThat(owner.releases()).isEqualTo(10);
    assertThat(blocking.pending()).isEqualTo(10);
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "NATIVE")
  void countsLiveAndPending(Lane lane) {
    Slab counted = slab(lane);
    List<Long> blocks = fill(counted, owner);
    assertThat(counted.live()).isEqualTo(BLOCKS);
    assertThat(counted.pending()).isZero();
    assertThat(counted.needsDraining()).isFalse();

    delete(blocks.subList(0, 5));
    assertThat(counted.live()).isEqualTo(BLOCKS - 5);
    assertThat(counted.pending()).isEqualTo(5);
    assertThat(counted.needsDraining()).isTrue();

    counted.drain();
    assertThat(counted.live()).isEqualTo(BLOCKS - 5);
    assertThat(counted.pending()).isZero();
    assertThat(counted.needsDraining()).isFalse();
  }

  @Test
  void releasesTheOthersWhenOneThrows() {
    Slab guarded = slab(Lane.NON_BLOCKING);
    AtomicInteger releases = new AtomicInteger();
    Owner everyOther =
        () -> {
          if (releases.getAndIncrement() % 2 == 0) {
            throw new IllegalStateException("every other release fails");
          }
        };
    delete(fill(guarded, everyOther).subList(0, 4));

    assertThat(guarded.drain()).isEqualTo(4);

    assertThat(releases).hasValue(4);
    assertThat(guarded.releaseFailures()).isEqualTo(2);
    assertThat(guarded.pending()).isZero();
  }

  @Test
  void letsAReleaseClaimAndRefillWhereItIsReleased() {
    AtomicInteger refilled = new AtomicInteger();
    Owner exporting =
        () -> {
          assertThat(slab.claim()).isZero();
          assertThat(slab.drain()).isZero();
          refilled.addAndGet(slab.refill() ? 1 : 0);
        };
    delete(fill(slab, exporting));

    assertThat(slab.refill()).isTrue();

    assertThat(refilled).hasValue(0);
    assertThat(slab.pending()).isZero();
  }

  @Test
  void isDrainedByOneThreadAtATime() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch allowed = new CountDownLatch(1);
    AtomicInteger releases = new AtomicInteger();
    Owner slow =
        Owner.nonBlocking(
            () -> {
              releases.incrementAndGet();
              entered.countDown();
              assertThat(awaits(allowed)).isTrue();
            });
    delete(fill(slab, slow));

    Concurrently.run(
        2,
        thread -> {
          if (thread == 0) {
            assertThat(slab.drain()).isEqualTo(BLOCKS);
            return;
          }
          assertThat(awaits(entered)).isTrue();
          assertThat(slab.drain()).isZero();
          assertThat(slab.refill()).isFalse();
          assertThat(slab.pending()).isEqualTo(BLOCKS);
          assertThat(slab.holds(slow)).isTrue();
          allowed.countDown();
        });

    assertThat(releases).hasValue(BLOCKS);
    assertThat(slab.holds(slow)).isFalse();
  }

  private static boolean awaits(CountDownLatch latch) {
    try {
      return latch.await(CountingOwner.SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }
}
