package org.dlpack4j.it.child;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.it.RudeConsumer;

/** Deletes a tensor whose blocking owner is bad company, and then another. */
public final class SlowRelease {

  private static final long SLOW_NANOS = 1_000_000_000;

  private SlowRelease() {}

  public static void main(String[] args) throws InterruptedException {
    switch (args[0]) {
      case "slow" -> releaseAfterSlowOne();
      case "interrupt" -> releaseAfterInterruptingOne();
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void releaseAfterSlowOne() throws InterruptedException {
    deleteAndAwait(SlowRelease::takeLong);
    long start = System.nanoTime();
    deleteAndAwait(() -> {});
    Expect.atMost("nanoseconds to the next release", SLOW_NANOS, System.nanoTime() - start);
  }

  private static void takeLong() {
    long deadline = System.nanoTime() + SLOW_NANOS;
    while (System.nanoTime() < deadline) {
      LockSupport.parkNanos(deadline - System.nanoTime());
    }
  }

  private static void releaseAfterInterruptingOne() throws InterruptedException {
    AtomicBoolean interrupted = new AtomicBoolean();
    Owner bad = () -> Thread.currentThread().interrupt();
    Owner next = () -> interrupted.set(Thread.currentThread().isInterrupted());
    long badTensor = CountedExports.export(bad, Flavour.VERSIONED).transferOutAddress();
    long nextTensor = CountedExports.export(next, Flavour.VERSIONED).transferOutAddress();
    // The reaper pauses after a cycle: the next one finds both, in the order of their blocks.
    deleteAndAwait(() -> {});
    RudeConsumer.delete(nextTensor, Flavour.VERSIONED);
    RudeConsumer.delete(badTensor, Flavour.VERSIONED);
    CountedExports.awaitNothingPending();
    Expect.that("expected a thread that is not interrupted", !interrupted.get());
  }

  private static void deleteAndAwait(Owner owner) throws InterruptedException {
    CountedExports.exportDeleteAndAwait(CountedExports.VIEW, owner);
  }
}
