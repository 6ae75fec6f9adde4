package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Releases what was let go when the devices have done the work queued before. One thread, which
 * only ever asks: an event on every stream that counts, and then whether all have happened.
 */
final class ReleaseGate {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.cuda");

  private static final int CU_STREAM_CAPTURE_MODE_RELAXED = 2;
  private static final long FIRST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

  private final ReleaseLedger ledger = new ReleaseLedger(this::run);

  // For the gate's thread alone.
  private final ArrayDeque<Batch> waiting = new ArrayDeque<>();
  private final Set<Context> reported = Collections.newSetFromMap(new IdentityHashMap<>());

  /** What was let go together, and waits for the same events. */
  private record Batch(Users users, List<LetGo> entries, Marks marks) {}

  /** Has something released later that only one device works with. */
  void add(int ordinal, ReleasePolicy policy, Runnable release) {
    add(new Users(Context.of(ordinal), false), policy, release);
  }

  /**
   * Has something released later. Short, waits for nobody.
   *
   * @throws OutOfMemoryError if there is no thread to be had; it is released with the next one then
   */
  void add(Users users, ReleasePolicy policy, Runnable release) {
    ledger.add(users, policy, release);
  }

  ReleaseStatistics statistics() {
    return ledger.statistics();
  }

  boolean await(Duration timeout) throws InterruptedException {
    return ledger.await(timeout);
  }

  private void run() {
    long rest = FIRST_REST_NANOS;
    List<LetGo> later = new ArrayList<>();
    relaxCaptures();
    while (true) {
      List<LetGo> now = new ArrayList<>(later);
      now.addAll(ledger.take(later.isEmpty() && waiting.isEmpty()));
      later = admit(now);
      boolean moved = depart() || later.size() < now.size();
      rest = moved ? FIRST_REST_NANOS : Math.min(2 * rest, LONGEST_REST_NANOS);
      // So that what is let go meanwhile shares its events, and wakes nobody.
      LockSupport.parkNanos(this, rest);
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

  /** Puts an event behind what may use them; returns those for which that cannot be done now. */
  private List<LetGo> admit(List<LetGo> now) {
    Map<Users, List<LetGo>> together = new LinkedHashMap<>();
    for (LetGo entry : now) {
      if (entry.policy() == ReleasePolicy.AT_ONCE) {
        release(entry.users().home(), List.of(entry));
      } else {
        together.computeIfAbsent(entry.users(), users -> new ArrayList<>()).add(entry);
      }
    }
    List<LetGo> later = new ArrayList<>();
    together.forEach(
        (users, entries) -> {
          if (!admit(users, entries)) {
            later.addAll(entries);
          }
        });
    return later;
  }

  private boolean admit(Users users, List<LetGo> entries) {
    boolean waits = entries.stream().anyMatch(entry -> entry.policy() == ReleasePolicy.SYNCHRONIZE);
    Marks marks = new Marks();
    Marks.Answer answer = marks.add(users, waits);
    if (answer.error() == 0) {
      waiting.add(new Batch(users, entries, marks));
      return true;
    }
    marks.giveBack();
    if (Marks.passes(answer.error())) {
      return false;
    }
    breakDown(answer.context(), entries, answer.error());
    return true;
  }

  private boolean depart() {
    boolean moved = false;
    for (Iterator<Batch> batches = waiting.iterator(); batches.hasNext(); ) {
      Batch batch = batches.next();
      Marks.Answer answer = batch.marks().query(batch.users());
      if (Marks.passes(answer.error())) {
        continue;
      }
      moved = true;
      batches.remove();
      if (answer.error() != 0) {
        breakDown(answer.context(), batch.entries(), answer.error());
      } else {
        batch.marks().giveBack();
        release(batch.users().home(), batch.entries());
      }
    }
    return moved;
  }

  /** With their device current, as what is released may be the device's. */
  private void release(Context home, List<LetGo> entries) {
    Context.Entry current;
    try {
      current = home.enter();
    } catch (CudaException e) {
      breakDown(home, entries, e.code());
      return;
    }
    int failed = 0;
    try (current) {
      for (LetGo entry : entries) {
        failed += release(entry) ? 0 : 1;
      }
    }
    ledger.released(entries, failed);
  }

  private static boolean release(LetGo entry) {
    try {
      entry.release().run();
      return true;
    } catch (RuntimeException | Error e) {
      LOGGER.log(Level.WARNING, "release: expected it to succeed but it failed", e);
      return false;
    }
  }

  /** A failed device never says again what it has done: what it may use stays. */
  private void breakDown(Context context, List<LetGo> entries, int error) {
    if (reported.add(context)) {
      // At the end of a process that is as it should be.
      Level level = error == CudaException.DEINITIALIZED ? Level.DEBUG : Level.ERROR;
      LOGGER.log(
          level,
          "cuda:%d: nothing of it is released any more: %s"
              .formatted(context.ordinal(), new CudaException("events", error).getMessage()));
    }
    ledger.stuck(entries);
  }
}
