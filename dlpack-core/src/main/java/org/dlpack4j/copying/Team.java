package org.dlpack4j.copying;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The calling thread and helpers, who take pieces of work from a counter until there are no more.
 *
 * <p>The helpers are tasks of the common pool, which has a thread for every other processor. The
 * caller waits for those only that have begun: where the pool is busy, or the caller one of its
 * threads, the caller does the work alone, and nothing can deadlock. A helper that comes too late
 * touches nothing. Waiting runs no other task, as that might close the caller's memory.
 */
final class Team {

  /** Beside the count of helpers at work: no more may begin. */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final LongConsumer work;
  private final AtomicLong next;
  private final long end;
  private final Thread caller = Thread.currentThread();
  private final AtomicInteger working = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private Team(long first, long end, LongConsumer work) {
    this.work = work;
    this.next = new AtomicLong(first);
    this.end = end;
  }

  /**
   * Does all pieces from the first to before the end, each once, and returns when nobody is at work
   * any more. What one of them throws ends the work and is thrown.
   */
  static void run(int threads, long first, long end, LongConsumer work) {
    Team team = new Team(first, end, work);
    try {
      for (long i = 1; i < Math.min(threads, end - first); i++) {
        ForkJoinPool.commonPool().execute(team::help);
      }
      team.work();
    } finally {
      team.close();
    }
    team.rethrow();
  }

  private void work() {
    for (long i = next.getAndIncrement(); i < end; i = next.getAndIncrement()) {
      work.accept(i);
    }
  }

  private void help() {
    if (working.getAndUpdate(count -> count < 0 ? count : count + 1) < 0) {
      return;
    }
    try {
      work();
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
      next.set(end);
    } finally {
      if (working.decrementAndGet() == CLOSED) {
        LockSupport.unpark(caller);
      }
    }
  }

  private void close() {
    next.set(end);
    working.getAndUpdate(count -> count | CLOSED);
    boolean interrupted = false;
    while (working.get() != CLOSED) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted(); // else it would not sleep again
    }
    if (interrupted) {
      caller.interrupt();
    }
  }

  private void rethrow() {
    switch (failure.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new AssertionError("the work throws nothing checked", e);
    }
  }
}
