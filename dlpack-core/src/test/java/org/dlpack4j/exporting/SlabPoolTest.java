package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.dlpack4j.exporting.TestSlabs.BLOCKS;
import static org.dlpack4j.exporting.TestSlabs.delete;
import static org.dlpack4j.exporting.TestSlabs.export;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.dlpack4j.Concurrently;
import org.dlpack4j.CountingOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.exporting.TestSlabs.ShortMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** All slabs together, without a reaper. */
class SlabPoolTest {

  private final SlabPool pool = TestSlabs.pool();
  private final CountingOwner owner = CountingOwner.nonBlocking();

  @Test
  void growsLinearlyWithTheTensorsHeld() {
    assertThat(pool.nativeBytes()).isZero();
    for (int slabs = 1; slabs <= 20; slabs++) {
      export(pool, Lane.NON_BLOCKING, owner, BLOCKS);

      assertThat(pool.nativeBytes()).isEqualTo(slabs * SlabHeader.SLAB_BYTES);
      assertThat(pool.sum(Slab::live)).isEqualTo((long) slabs * BLOCKS);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "NATIVE")
  void usesMemoryAgain(Lane lane) {
    for (int cycle = 0; cycle < 200; cycle++) {
      delete(export(pool, lane, owner, 10 * BLOCKS));
      if (lane == Lane.BLOCKING) {
        pool.drain(lane);
      }
    }
    pool.drain(lane);

    assertThat(pool.nativeBytes()).isEqualTo(10 * SlabHeader.SLAB_BYTES);
    assertThat(owner.releases()).isEqualTo(200 * 10 * BLOCKS);
    assertThat(pool.sum(Slab::live)).isZero();
    assertThat(pool.sum(Slab::pending)).isZero();
    assertThat(pool.sum(Slab::doubleDeletes)).isZero();
  }

  @Test
  void staysSmallBesideTensorsHeldForLong() {
    // Every third tensor stays, so that slabs are never empty.
    List<Long> held = new ArrayList<>();
    for (int i = 0; i < 30 * BLOCKS; i++) {
      long block = export(pool, Lane.NON_BLOCKING, owner);
      if (i % 3 == 0) {
        held.add(block);
      } else {
        SlabHeader.mark(block);
      }
    }

    assertThat(pool.sum(Slab::live)).isEqualTo(held.size());
    assertThat(pool.nativeBytes())
        .as("at least a quarter of every slab is used in the end")
        .isLessThanOrEqualTo(2 * 10 * SlabHeader.SLAB_BYTES);
  }

  @Test
  void keepsLanesApart() {
    CountingOwner blocking = CountingOwner.blocking();
    long quick = export(pool, Lane.NON_BLOCKING, owner);
    long slow = export(pool, Lane.BLOCKING, blocking);
    assertThat(SlabHeader.slabOf(quick)).isNotEqualTo(SlabHeader.slabOf(slow));
    delete(List.of(quick, slow));

    assertThat(pool.drain(Lane.NON_BLOCKING)).isEqualTo(1);
    assertThat(blocking.releases()).isZero();
    assertThat(pool.needsDraining()).isTrue();
    assertThat(pool.drain(Lane.BLOCKING)).isEqualTo(1);
    assertThat(blocking.releases()).isEqualTo(1);
    assertThat(pool.needsDraining()).isFalse();
  }

  @Test
  void sumsUpAllSlabs() {
    List<Long> blocks = export(pool, Lane.NON_BLOCKING, owner, 3 * BLOCKS);
    delete(blocks.subList(0, 40));
    delete(blocks.subList(30, 40));
    delete(blocks.subList(80, 90));

    assertThat(pool.sum(Slab::live)).isEqualTo(3 * BLOCKS - 50);
    assertThat(pool.sum(Slab::pending)).isEqualTo(50);
    assertThat(pool.sum(Slab::doubleDeletes)).isEqualTo(10);
    assertThat(pool.holds(owner)).isTrue();
    delete(blocks.subList(40, 80));
    delete(blocks.subList(90, blocks.size()));
    pool.drain(Lane.NON_BLOCKING);
    assertThat(pool.holds(owner)).isFalse();
  }

  @Test
  void givesAThreadOneStripeOfEachLane() {
    assertThat(Stream.of(Lane.values()).map(pool::stripe))
        .doesNotHaveDuplicates()
        .containsExactlyElementsOf(Stream.of(Lane.values()).map(pool::stripe).toList());
  }

  @Test
  void failsWithoutMemoryAndWorksOnceThereIsSome() {
    ShortMemory memory = new ShortMemory(0);
    SlabPool poor = new SlabPool(memory, Reaper.newDoorbell());

    assertRefused(poor);
    assertThat(poor.nativeBytes()).isZero();
    memory.add(1);
    List<Long> blocks = export(poor, Lane.NON_BLOCKING, owner, BLOCKS);
    assertRefused(poor);

    assertThat(poor.sum(Slab::live)).isEqualTo(BLOCKS);
    assertThat(owner.releases()).isZero();
    delete(blocks);
    assertThat(export(poor, Lane.NON_BLOCKING, owner, BLOCKS)).hasSameElementsAs(blocks);
    assertThat(owner.releases()).isEqualTo(BLOCKS);
  }

  private void assertRefused(SlabPool poor) {
    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> export(poor, Lane.NON_BLOCKING, owner))
        .withMessage("no slab left");
  }

  @Test
  void exportsOnOneThreadWhileAnotherDeletes() throws InterruptedException {
    int count = 50_000;
    BlockingQueue<Long> consumer = new LinkedBlockingQueue<>(1000);

    Concurrently.run(
        2,
        thread -> {
          for (int i = 0; i < count; i++) {
            if (thread == 0) {
              consumer.put(export(pool, Lane.NON_BLOCKING, owner));
            } else {
              Long block = consumer.poll(CountingOwner.SECONDS, TimeUnit.SECONDS);
              assertThat(block).isNotNull();
              SlabHeader.mark(block);
            }
          }
        });

    pool.drain(Lane.NON_BLOCKING);
    assertThat(owner.releases()).isEqualTo(count);
    assertThat(pool.sum(Slab::live)).isZero();
    assertThat(pool.sum(Slab::doubleDeletes)).isZero();
  }

  @Test
  void exportsOnManyThreadsWhileOthersDrain() throws InterruptedException {
    int count = 20_000;
    AtomicInteger exporting = new AtomicInteger(3);

    Concurrently.run(
        5,
        thread -> {
          if (thread < 3) {
            for (int i = 0; i < count; i++) {
              Lane lane = i % 2 == 0 ? Lane.NON_BLOCKING : Lane.BLOCKING;
              SlabHeader.mark(export(pool, lane, owner));
            }
            exporting.decrementAndGet();
            return;
          }
          while (exporting.get() > 0) {
            pool.drain(thread == 3 ? Lane.NON_BLOCKING : Lane.BLOCKING);
            LockSupport.parkNanos(10_000);
          }
        });

    pool.drain(Lane.NON_BLOCKING);
    pool.drain(Lane.BLOCKING);
    assertThat(owner.releases()).isEqualTo(3 * count);
    assertThat(pool.sum(Slab::live)).isZero();
    assertThat(pool.sum(Slab::pending)).isZero();
    assertThat(pool.sum(Slab::doubleDeletes)).isZero();
  }

  @Test
  void exportsFromInsideARelease() {
    Owner exporting =
        Owner.nonBlocking(() -> SlabHeader.mark(export(pool, Lane.NON_BLOCKING, owner)));

    delete(export(pool, Lane.NON_BLOCKING, exporting, 3 * BLOCKS));
    while (pool.needsDraining()) {
      pool.drain(Lane.NON_BLOCKING);
    }

    assertThat(owner.releases()).isEqualTo(3 * BLOCKS);
    assertThat(pool.sum(Slab::live)).isZero();
  }
}
