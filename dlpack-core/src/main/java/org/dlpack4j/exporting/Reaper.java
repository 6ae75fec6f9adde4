package org.dlpack4j.exporting;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.Futex;
import org.dlpack4j.internal.Memory;

/**
 * The daemon thread that releases the owners of what consumers have deleted. It sleeps on the
 * doorbell, which the first deleter rings, and works in cycles so that a storm of deletes costs one
 * wake-up a cycle.
 */
final class Reaper {

  private static final long SHORTEST_PAUSE_NANOS = 1_000_000;

  /** With very many tensors, looking at all of them takes long; then it looks less often. */
  private static final int PAUSE_PER_WORK = 8;

  private static final long LONGEST_PAUSE_NANOS = 50_000_000;

  /** Where C cannot wake it, it looks by itself this often. */
  private static final long POLL_NANOS = 10_000_000;

  private static final long LONGEST_SLEEP_NANOS = 60_000_000_000L;
  private static final long TICK_NANOS = 1_000_000_000;

  private final SlabPool pool;
  private final long doorbell;
  private final Clock clock;
  private final Object cycleEnd = new Object();

  Reaper(SlabPool pool, long doorbell, Clock clock) {
    this.pool = pool;
    this.doorbell = doorbell;
    this.clock = clock;
  }

  /** A word of its own cache line, for the life of the process. */
  static long newDoorbell() {
    return Memory.reserve(64, 64);
  }

  void start() {
    Thread thread = new Thread(this::run, "dlpack4j-reaper");
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    thread.start();
  }

  private void run() {
    for (; ; ) {
      try {
        cycle();
      } catch (Throwable e) {
        // Without the reaper nothing would ever be released again.
        QuietLog.warn("a reaper cycle failed", Thread.currentThread(), e);
      }
    }
  }

  private void cycle() {
    tick();
    long start = System.nanoTime();
    for (Lane lane : Lane.values()) {
      pool.drain(lane);
    }
    synchronized (cycleEnd) {
      cycleEnd.notifyAll();
    }
    long work = System.nanoTime() - start;
    Thread.interrupted(); // by an owner's release; it would make the pause none
    LockSupport.parkNanos(
        Math.clamp(work * PAUSE_PER_WORK, SHORTEST_PAUSE_NANOS, LONGEST_PAUSE_NANOS));
    SlabHeader.setDoorbell(doorbell, 1);
    if (pool.needsDraining()) {
      SlabHeader.setDoorbell(doorbell, 0);
    } else if (Futex.AVAILABLE) {
      sleep();
    } else {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Until somebody rings; looks at the clock meanwhile. */
  private void sleep() {
    long end = System.nanoTime() + LONGEST_SLEEP_NANOS;
    while (SlabHeader.isSet(doorbell) && System.nanoTime() - end < 0) {
      Futex.await(doorbell, 1, TICK_NANOS);
      tick();
    }
  }

  private void tick() {
    clock.update();
    if (Flight.AVAILABLE && DoubleDeleteEvent.isOn()) {
      pool.recordDoubleDeletes();
    }
  }

  /** Waits until no export holds the owner any longer; false if the time is up before. */
  boolean awaitReleased(Owner owner, Duration timeout) throws InterruptedException {
    return await(slabs -> !slabs.holds(owner), timeout);
  }

  /** Waits until the pool holds something no longer; false if the time is up before. */
  boolean await(Predicate<SlabPool> isReleased, Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
    for (; ; ) {
      pool.drain(Lane.NON_BLOCKING);
      if (isReleased.test(pool)) {
        return true;
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      synchronized (cycleEnd) {
        // An exporter may release it without a cycle, hence the second bound.
        cycleEnd.wait(Math.clamp(left / 1_000_000, 1, POLL_NANOS / 1_000_000));
      }
    }
  }
}
