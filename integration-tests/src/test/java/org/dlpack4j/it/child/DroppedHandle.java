package org.dlpack4j.it.child;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.Exports;

/** Loses an exported tensor, and waits until the log says so. */
public final class DroppedHandle {

  private static final int MOST_COLLECTIONS = 200;

  private DroppedHandle() {}

  public static void main(String[] args) throws InterruptedException {
    CountDownLatch reported = new CountDownLatch(1);
    Logger logger = Logger.getLogger("org.dlpack4j");
    logger.addHandler(new Printing(reported));

    AtomicInteger releases = new AtomicInteger();
    dropOne(Owner.nonBlocking(releases::incrementAndGet));
    Expect.that("expected a report of the lost tensor", collectUntil(reported));
    Expect.equal("leaks", 1, Exports.statistics().leaks());
    Expect.equal("live", 1, Exports.statistics().live());
    Exports.releasePending();
    Expect.equal("releases", 0, releases.get());
  }

  private static boolean collectUntil(CountDownLatch reported) throws InterruptedException {
    for (int i = 0; i < MOST_COLLECTIONS; i++) {
      System.gc();
      if (reported.await(50, TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    return false;
  }

  private static void dropOne(Owner owner) {
    Expect.that(
        "expected a held tensor",
        CountedExports.export(owner, Flavour.VERSIONED).toString().contains("held"));
  }

  /** Says that a record was printed only when it has been. */
  private static final class Printing extends Handler {
    private final CountDownLatch printed;

    Printing(CountDownLatch printed) {
      this.printed = printed;
    }

    @Override
    public void publish(LogRecord event) {
      System.out.println(event.getLevel() + " " + event.getMessage());
      if (event.getThrown() != null) {
        event.getThrown().printStackTrace(System.out);
      }
      printed.countDown();
    }

    @Override
    public void flush() {
      System.out.flush();
    }

    @Override
    public void close() {
      flush();
    }
  }
}
