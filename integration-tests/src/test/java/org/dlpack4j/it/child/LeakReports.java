package org.dlpack4j.it.child;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Prints what is logged of lost handles, and waits for it. */
final class LeakReports extends Handler {

  private static final int MOST_COLLECTIONS = 200;

  /** Loggers are held weakly, and would forget their handlers. */
  private static final Logger LOGGER = Logger.getLogger("org.dlpack4j");

  private final Semaphore printed = new Semaphore(0);

  private LeakReports() {}

  static LeakReports printed() {
    LeakReports reports = new LeakReports();
    LOGGER.addHandler(reports);
    return reports;
  }

  /** Collects garbage until one more handle is reported. */
  void expectOneMore() throws InterruptedException {
    for (int i = 0; i < MOST_COLLECTIONS; i++) {
      System.gc();
      if (printed.tryAcquire(50, TimeUnit.MILLISECONDS)) {
        return;
      }
    }
    throw new IllegalStateException("expected a report of the lost tensor");
  }

  @Override
  public void publish(LogRecord event) {
    System.out.println(event.getLevel() + " " + event.getMessage());
    if (event.getThrown() != null) {
      event.getThrown().printStackTrace(System.out);
    }
    printed.release();
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
