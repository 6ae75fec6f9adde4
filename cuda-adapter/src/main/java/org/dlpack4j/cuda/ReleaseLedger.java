package org.dlpack4j.cuda;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What was let go, what has arrived of it at the gate's thread, and what became of it. */
final class ReleaseLedger {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrival = lock.newCondition();
  private final Condition departure = lock.newCondition();
  private final Runnable gate;

  /** Those of which something is pending, the oldest first. */
  private final ArrayDeque<Intake> intakes = new ArrayDeque<>();

  private Intake arriving = new Intake(1);
  private List<LetGo> arrived = new ArrayList<>();
  private boolean started;
  private long last;
  private long pending;
  private long released;
  private long failed;
  private long stuck;

  /** What the gate's thread takes at once. */
  static final class Intake {

    /** How many were let go before its first, and 1. */
    private final long first;

    private int pending;

    private Intake(long first) {
      this.first = first;
    }
  }

  /**
   * An empty one.
   *
   * @param gate what takes it all; run by a thread of its own, from the first entry on
   */
  ReleaseLedger(Runnable gate) {
    this.gate = gate;
  }

  /**
   * Enters something. Short, waits for nobody.
   *
   * @throws OutOfMemoryError if there is no thread to be had; it is taken with the next one then
   */
  void add(Users users, ReleasePolicy policy, Runnable release) {
    lock.lock();
    try {
      arrived.add(new LetGo(arriving, users, policy, release));
      arriving.pending++;
      pending++;
      last++;
      if (!started) {
        Thread thread = new Thread(null, gate, "dlpack4j-cuda", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        thread.start();
        started = true;
      }
      arrival.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes what has arrived.
   *
   * @param idle whether there is nothing else to do, so that it waits for something
   */
  List<LetGo> take(boolean idle) {
    lock.lock();
    try {
      while (idle && arrived.isEmpty()) {
        arrival.awaitUninterruptibly();
      }
      return arrived.isEmpty() ? List.of() : taken();
    } finally {
      lock.unlock();
    }
  }

  private List<LetGo> taken() {
    List<LetGo> taken = arrived;
    intakes.add(arriving);
    arrived = new ArrayList<>();
    arriving = new Intake(last + 1);
    return taken;
  }

  /** These were released, though some threw when they were. */
  void released(Collection<LetGo> entries, int threw) {
    lock.lock();
    try {
      released += entries.size();
      failed += threw;
      settle(entries);
    } finally {
      lock.unlock();
    }
  }

  /** These are never released. */
  void stuck(Collection<LetGo> entries) {
    lock.lock();
    try {
      stuck += entries.size();
      settle(entries);
    } finally {
      lock.unlock();
    }
  }

  private void settle(Collection<LetGo> entries) {
    pending -= entries.size();
    entries.forEach(entry -> entry.intake().pending--);
    while (!intakes.isEmpty() && intakes.getFirst().pending == 0) {
      intakes.removeFirst();
    }
    departure.signalAll();
  }

  ReleaseStatistics statistics() {
    lock.lock();
    try {
      return new ReleaseStatistics(pending, released, failed, stuck);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing that was entered before is pending; false if the time was up. */
  boolean await(Duration timeout) throws InterruptedException {
    long nanos = TimeUnit.NANOSECONDS.convert(timeout); // the most there is, if it is longer
    lock.lockInterruptibly();
    try {
      long goal = last;
      while (isPendingUpTo(goal)) {
        if (nanos <= 0) {
          return false;
        }
        nanos = departure.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean isPendingUpTo(long goal) {
    Intake oldest = intakes.isEmpty() ? arriving : intakes.getFirst();
    return oldest.pending > 0 && oldest.first <= goal;
  }
}
