package org.dlpack4j.cuda;

import java.time.Duration;

/** What has been let go but is still in use by a device. */
public final class CudaReleases {

  static final ReleaseGate GATE = new ReleaseGate();

  private CudaReleases() {}

  /**
   * How releases go.
   *
   * @return the numbers now
   */
  public static ReleaseStatistics statistics() {
    return GATE.statistics();
  }

  /**
   * Waits until everything that was let go before has been released, or never will be.
   *
   * @param timeout how long at most
   * @return false if the time was up
   * @throws InterruptedException if this thread is interrupted
   */
  public static boolean await(Duration timeout) throws InterruptedException {
    return GATE.await(timeout);
  }
}
