package org.dlpack4j.it;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dlpack4j.exporting.ExportStatistics;
import org.dlpack4j.exporting.Exports;

/**
 * Exports and deletes tensors for a long time, and fails if anything is left over at the end:
 * {@code Soak CYCLES THREADS}.
 */
public final class Soak {

  private static final long MOST_GROWTH_KIB = 16 * 1024;
  private static final int MOST_ROUNDS = 3;
  private static final long PROGRESS_SECONDS = 10;
  private static final long PATIENCE_SECONDS = 60;

  private final SoakCounts counts = new SoakCounts();
  private final int threads;

  private Soak(int threads) {
    this.threads = threads;
  }

  public static void main(String[] args) throws Exception {
    long cycles = Long.parseLong(args[0]);
    Soak soak = new Soak(Integer.parseInt(args[1]));
    soak.run(Math.max(cycles / 10, 1));
    // How much waits to be released at the worst moment is up to the scheduler, and its slabs stay
    // mapped. That grows once, a leak in every round.
    long growth = Long.MAX_VALUE;
    for (int i = 0; i < MOST_ROUNDS && growth > MOST_GROWTH_KIB; i++) {
      growth = soak.growth(cycles);
    }
    check(growth <= MOST_GROWTH_KIB, "resident memory grew by " + growth + " KiB a round");
  }

  private long growth(long cycles) throws InterruptedException, ExecutionException {
    long before = RudeConsumer.residentKib();
    long start = System.nanoTime();
    run(cycles);
    long nanos = System.nanoTime() - start;
    long after = RudeConsumer.residentKib();
    System.out.printf(
        "%d cycles in %.1f s, %.0f ns each; resident %d KiB, then %d KiB; %s; %s%n",
        cycles, nanos / 1e9, (double) nanos / cycles, before, after, counts, statistics());
    return after - before;
  }

  /** Ends when every owner has been released, and fails unless all was well. */
  private void run(long cycles) throws InterruptedException, ExecutionException {
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        workers.add(executor.submit(new SoakWorker(counts, cycles / threads, i)));
      }
      for (Future<?> worker : workers) {
        await(worker);
      }
    }
    awaitReleases();
    ExportStatistics statistics = statistics();
    check(counts.released() == counts.exported(), "expected a release each but found " + counts);
    check(statistics.live() == 0, "expected no live tensor but found " + statistics);
    check(
        statistics.doubleDeletes() == 0 && statistics.releaseFailures() == 0,
        "expected no violation but found " + statistics);
  }

  private void await(Future<?> worker) throws InterruptedException, ExecutionException {
    while (true) {
      try {
        worker.get(PROGRESS_SECONDS, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        System.out.println(counts + ", " + RudeConsumer.residentKib() + " KiB, " + statistics());
      }
    }
  }

  private static void awaitReleases() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (statistics().pending() > 0) {
      check(System.nanoTime() < deadline, "expected no pending release but found " + statistics());
      Exports.releasePending();
      Thread.onSpinWait();
    }
  }

  private static ExportStatistics statistics() {
    return Exports.statistics();
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }
}
