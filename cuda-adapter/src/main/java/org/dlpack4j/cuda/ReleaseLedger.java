package org.dlpack4j.cuda;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What was let go, what has arrived of it at the gate's thread, and what became of it. */
final class ReleaseLedger {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrival = lock.newCondition();
  private final Condition departure = lock.newCondition();
  private final TreeSet<Long> pending = new TreeSet<>();
  private final Runnable gate;
  private List<LetGo> arrived = new ArrayList<>();
  private boolean started;
  private long last;
  private long released;
  private long failed;
  private long stuck;

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
      arrived.add(new LetGo(++last, users, policy, release));
      pending.add(last);
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
   * @param nanos how long it waits otherwise
   */
  List<LetGo> take(boolean idle, long nanos) {
    lock.lock();
    try {
      while (idle && arrived.isEmpty()) {
        arrival.awaitUninterruptibly();
      }
      long rest = nanos;
      while (rest > 0 && arrived.isEmpty()) {
        rest = arrival.awaitNanos(rest);
      }
      List<LetGo> taken = arrived;
      arrived = new ArrayList<>();
      return taken;
    } catch (InterruptedException e) {
      return new ArrayList<>(); // nobody has this thread to interrupt it
    } finally {
      lock.unlock();
    }
  }

  /** Something was released, or threw when it was. */
  void releasedOne(LetGo entry, boolean threw) {
    lock.lock();
    try {
      pending.remove(entry.number());
      released++;
      failed += threw ? 1 : 0;
      departure.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** These are never released. */
  void stuck(Collection<LetGo> entries) {
    lock.lock();
    try {
      entries.forEach(entry -> pending.remove(entry.number()));
      stuck += entries.size();
      departure.signalAll();
    } finally {
      lock.unlock();
    }
  }

  ReleaseStatistics statistics() {
    lock.lock();
    try {
      return new ReleaseStatistics(pending.size(), released, failed, stuck);
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
      while (!pending.isEmpty() && pending.first() <= goal) {
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
}
