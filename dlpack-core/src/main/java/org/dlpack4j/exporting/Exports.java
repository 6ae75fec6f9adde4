package org.dlpack4j.exporting;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;

/**
 * All exported tensors of this JVM: how many there are, and the release of those that consumers
 * have deleted.
 */
public final class Exports {

  static final Deleters DELETERS = Deleters.configured();
  static final SlabPool POOL;
  static final Clock CLOCK = new Clock();

  private static final Reaper REAPER;

  static {
    long doorbell = Reaper.newDoorbell();
    POOL = new SlabPool(new SlabMemory(), doorbell);
    REAPER = new Reaper(POOL, doorbell, CLOCK);
    REAPER.start();
  }

  private Exports() {}

  /**
   * Releases, on this thread, the non-blocking owners of every tensor that its consumer has
   * deleted. Never needed for them to be released, only for it to happen now.
   *
   * @return how many were released
   */
  public static int releasePending() {
    return POOL.drain(Lane.NON_BLOCKING);
  }

  /**
   * Waits until no exported tensor holds an owner: all of them were deleted by their consumers or
   * closed, and the owner's release has returned.
   *
   * @param owner as it was given to the exporter
   * @param timeout how long to wait
   * @return false if some still hold it when the time is up
   * @throws InterruptedException if this thread is interrupted
   */
  public static boolean awaitReleased(Owner owner, Duration timeout) throws InterruptedException {
    return REAPER.awaitReleased(owner, timeout);
  }

  /**
   * Waits until no exported tensor holds a reference on a shared owner. The caller's own reference
   * does not count.
   *
   * @param owner as it was given to the exporter
   * @param timeout how long to wait
   * @return false if some still hold it when the time is up
   * @throws InterruptedException if this thread is interrupted
   */
  public static boolean awaitReleased(SharedOwner owner, Duration timeout)
      throws InterruptedException {
    return awaitReleased(owner.reference(), timeout);
  }

  /**
   * Waits until no exported tensor holds an owner of a kind, as an adapter does before what all of
   * them need is closed.
   *
   * @param which tells them from others by what never changes of them; asked again and again, also
   *     of owners that are released meanwhile
   * @param timeout how long to wait
   * @return false if some still hold one when the time is up
   * @throws InterruptedException if this thread is interrupted
   */
  public static boolean awaitReleased(Predicate<? super Owner> which, Duration timeout)
      throws InterruptedException {
    return REAPER.await(pool -> pool.held(which).isEmpty(), timeout);
  }

  /**
   * The owners of a kind that exported tensors hold.
   *
   * @param which tells them from others, as above
   * @return those whose release has not returned, each as often as it is held; not those that C
   *     releases
   */
  public static List<Owner> held(Predicate<? super Owner> which) {
    return POOL.held(which);
  }

  /**
   * Counts by looking at every tensor.
   *
   * @return the counts, each exact at some moment during the call
   */
  public static ExportStatistics statistics() {
    return new ExportStatistics(
        POOL.sum(Slab::live),
        POOL.sum(Slab::pending),
        POOL.sum(Slab::doubleDeletes),
        POOL.sum(Slab::releaseFailures),
        ExportedTensor.LEAKS.count(),
        POOL.nativeBytes());
  }

  /**
   * Looks at every tensor that is held or out with a consumer, by the kind of its owner. Exports
   * and deletes that happen meanwhile are seen or not; while there are none it is exact, but for
   * ages, which may be a second or so too long.
   *
   * @return the kinds that there are, those that span most bytes first
   */
  public static List<LiveExports> live() {
    return POOL.live(CLOCK.update());
  }

  /**
   * What consumers' deleter calls run.
   *
   * @return native if the module {@code native-shim} is there and works
   */
  public static DeleterKind deleterKind() {
    return DELETERS.kind();
  }

  /**
   * Why {@link #deleterKind()} is what it is: where the native library came from, or why there is
   * none and what to do.
   *
   * @return one line for people
   */
  public static String deleterDescription() {
    return DELETERS.description();
  }
}
