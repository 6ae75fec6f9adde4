package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Releases what was let go when the device has done the work queued before. One thread, which only
 * ever asks: an event on every stream that counts, and then whether all have happened.
 */
final class ReleaseGate {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.cuda");

  private static final int CU_STREAM_CAPTURE_MODE_RELAXED = 2;
  private static final long FIRST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrival = lock.newCondition();
  private final Condition departure = lock.newCondition();
  private List<LetGo> arrived = new ArrayList<>();
  private final TreeSet<Long> pending = new TreeSet<>();
  private boolean started;
  private long last;
  private long released;
  private long failed;
  private long stuck;

  // For the gate's thread alone.
  private final ArrayDeque<Batch> waiting = new ArrayDeque<>();
  private final Set<Integer> broken = new HashSet<>();

  /** Something of a device that its program has let go. */
  private record LetGo(long number, int ordinal, ReleasePolicy policy, Runnable release) {}

  /** What was let go together, and waits for the same events. */
  private record Batch(Context context, List<LetGo> entries, List<Long> events) {}

  /**
   * Has something released later. Short, waits for nobody.
   *
   * @throws OutOfMemoryError if there is no thread to be had; it is released with the next one then
   */
  void add(int ordinal, ReleasePolicy policy, Runnable release) {
    lock.lock();
    try {
      arrived.add(new LetGo(++last, ordinal, policy, release));
      pending.add(last);
      if (!started) {
        Thread thread = new Thread(null, this::run, "dlpack4j-cuda", 0, false);
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

  ReleaseStatistics statistics() {
    lock.lock();
    try {
      return new ReleaseStatistics(pending.size(), released, failed, stuck);
    } finally {
      lock.unlock();
    }
  }

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

  private void run() {
    long rest = FIRST_REST_NANOS;
    List<LetGo> later = new ArrayList<>();
    relaxCaptures();
    while (true) {
      List<LetGo> now = take(later, rest);
      later = admit(now);
      boolean moved = depart() || later.size() < now.size();
      rest = moved ? FIRST_REST_NANOS : Math.min(2 * rest, LONGEST_REST_NANOS);
    }
  }

  /** Else asking an event would spoil a capture on another thread. */
  private static void relaxCaptures() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mode = arena.allocateFrom(JAVA_INT, CU_STREAM_CAPTURE_MODE_RELAXED);
      CudaException.call(CudaDriver.cuThreadExchangeStreamCaptureMode, mode.address());
    } catch (CudaException | UnsupportedOperationException e) {
      LOGGER.log(Level.WARNING, "captures of a whole program may be spoiled by releases", e);
    }
  }

  /** What could not be admitted before, and what has arrived; sleeps while there is nothing new. */
  private List<LetGo> take(List<LetGo> later, long rest) {
    lock.lock();
    try {
      boolean idle = later.isEmpty() && waiting.isEmpty();
      while (idle && arrived.isEmpty()) {
        arrival.awaitUninterruptibly();
      }
      long nanos = rest;
      while (nanos > 0 && arrived.isEmpty()) {
        nanos = arrival.awaitNanos(nanos);
      }
      List<LetGo> now = new ArrayList<>(later);
      now.addAll(arrived);
      arrived = new ArrayList<>();
      return now;
    } catch (InterruptedException e) {
      return new ArrayList<>(later); // nobody has this thread to interrupt it
    } finally {
      lock.unlock();
    }
  }

  /** Puts an event behind what may use them; returns those for which that cannot be done now. */
  private List<LetGo> admit(List<LetGo> now) {
    Map<Integer, List<LetGo>> byDevice = new LinkedHashMap<>();
    List<LetGo> later = new ArrayList<>();
    for (LetGo entry : now) {
      if (broken.contains(entry.ordinal())) {
        stick(List.of(entry));
      } else if (entry.policy() == ReleasePolicy.AT_ONCE) {
        release(entry);
      } else {
        byDevice.computeIfAbsent(entry.ordinal(), ordinal -> new ArrayList<>()).add(entry);
      }
    }
    byDevice.forEach(
        (ordinal, entries) -> {
          if (!admit(ordinal, entries)) {
            later.addAll(entries);
          }
        });
    return later;
  }

  private boolean admit(int ordinal, List<LetGo> entries) {
    Context context = Context.of(ordinal);
    List<Long> events = new ArrayList<>();
    int error = mark(ordinal, context, entries, events);
    if (error == 0) {
      waiting.add(new Batch(context, entries, events));
      return true;
    }
    giveBack(context, events);
    if (Marks.passes(error)) {
      return false;
    }
    breakDown(ordinal, entries, error);
    return true;
  }

  private static int mark(int ordinal, Context context, List<LetGo> entries, List<Long> events) {
    try (var _ = context.enter()) {
      return entries.stream().anyMatch(entry -> entry.policy() == ReleasePolicy.SYNCHRONIZE)
          ? CudaDriver.cuCtxSynchronize.call()
          : Marks.record(ordinal, context, events);
    } catch (CudaException e) {
      return e.code();
    }
  }

  private boolean depart() {
    boolean moved = false;
    for (Iterator<Batch> batches = waiting.iterator(); batches.hasNext(); ) {
      Batch batch = batches.next();
      int error = Marks.query(batch.context(), batch.events());
      if (Marks.passes(error)) {
        continue;
      }
      moved = true;
      batches.remove();
      if (error != 0) {
        breakDown(batch.entries().getFirst().ordinal(), batch.entries(), error);
      } else {
        giveBack(batch.context(), batch.events());
        batch.entries().forEach(this::release);
      }
    }
    return moved;
  }

  private static void giveBack(Context context, Collection<Long> events) {
    events.forEach(context.events()::give);
  }

  /** With the device current, as what is released may be the device's. */
  private void release(LetGo entry) {
    boolean threw = false;
    try (var _ = Context.of(entry.ordinal()).enter()) {
      entry.release().run();
    } catch (RuntimeException | Error e) {
      threw = true;
      LOGGER.log(Level.WARNING, "release: expected it to succeed but it failed", e);
    }
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

  /** A failed device never says again what it has done: what it may use stays. */
  private void breakDown(int ordinal, List<LetGo> entries, int error) {
    broken.add(ordinal);
    LOGGER.log(
        Level.ERROR,
        "cuda:%d: nothing of it is released any more: %s"
            .formatted(ordinal, new CudaException("events", error).getMessage()));
    stick(entries);
  }

  private void stick(List<LetGo> entries) {
    lock.lock();
    try {
      entries.forEach(entry -> pending.remove(entry.number()));
      stuck += entries.size();
      departure.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
