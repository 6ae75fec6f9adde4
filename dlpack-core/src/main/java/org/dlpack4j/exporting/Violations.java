package org.dlpack4j.exporting;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.LongAdder;
import org.dlpack4j.Owner;

/** What went wrong behind the exporter's back: counted always, logged, never thrown. */
final class Violations {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j");

  private final LongAdder releaseFailures = new LongAdder();

  /** Releases an owner; nothing leaves this method. */
  void guard(Owner owner) {
    try {
      owner.release();
    } catch (Throwable e) {
      // Whatever it is, a stack overflow included: the thread belongs to somebody else.
      releaseFailures.increment();
      report(owner, e);
    }
  }

  private static void report(Owner owner, Throwable failure) {
    try {
      LOGGER.log(
          Level.WARNING,
          "the release of an exported tensor's owner threw; its memory may leak: " + owner,
          failure);
    } catch (Throwable e) {
      // No stack or no memory is left to say it with; the counter has it.
      return;
    }
  }

  long releaseFailures() {
    return releaseFailures.sum();
  }
}
