package org.dlpack4j.cuda;

import java.time.Duration;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;

/** What has been let go but is still in use by a device. */
public final class CudaReleases {

  static final ReleaseGate GATE = new ReleaseGate();

  private CudaReleases() {}

  /**
   * Has an owner of memory wait for the device: let go, it is released when the device has done
   * what was queued before.
   *
   * @param view the memory, as {@link CudaViews} say it
   * @param policy what has to be done before
   * @param owner what is released in the end, on a thread of this module's; taken over
   * @return the owner that is let go instead, on any thread and without waiting
   */
  public static Owner gated(TensorView view, ReleasePolicy policy, Owner owner) {
    return GatedOwner.of(Users.of(view.device()), policy, owner);
  }

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
