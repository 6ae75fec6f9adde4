package org.dlpack4j.exporting;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.LongAdder;
import org.dlpack4j.Owner;

/** What went wrong behind the exporter's back: counted always, logged, never thrown. */
final class Violations {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j");

  private final LongAdder releaseFailures = new LongAdder();

  /** Whatever was thrown, a stack overflow included: the thread belongs to somebody else. */
  void releaseFailed(Owner owner, Throwable failure) {
    releaseFailures.increment();
    log("the release of an exported tensor's owner threw; its memory may leak", owner, failure);
  }

  static void log(String message, Object subject, Throwable failure) {
    try {
      LOGGER.log(Level.WARNING, message + ": " + subject, failure);
    } catch (Throwable e) {
      // No stack or no memory is left to say it with.
      return;
    }
  }

  long releaseFailures() {
    return releaseFailures.sum();
  }
}
