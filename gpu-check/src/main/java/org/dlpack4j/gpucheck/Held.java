package org.dlpack4j.gpucheck;

import java.time.Duration;
import org.dlpack4j.cuda.CudaReleases;
import org.dlpack4j.exporting.Exports;

/** What others have of Java, and Java of others. */
final class Held {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Held() {}

  /** How many, once there are no more than expected. */
  static long live(long expected) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (count() > expected && System.nanoTime() < deadline) {
      Exports.releasePending();
      // An owner that is released may let go of another tensor.
      CudaReleases.await(Duration.ofMillis(10));
    }
    return count();
  }

  private static long count() {
    var exports = Exports.statistics();
    return exports.live() + exports.pending() + CudaReleases.statistics().pending();
  }
}
