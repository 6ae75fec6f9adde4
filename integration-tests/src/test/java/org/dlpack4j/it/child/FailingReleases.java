package org.dlpack4j.it.child;

import org.dlpack4j.Owner;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.it.RudeConsumer;

/**
 * Exports over owners that cannot be released; all of it must be counted, and nothing else happen.
 */
public final class FailingReleases {

  private static final int ROUNDS = 10;

  private FailingReleases() {}

  public static void main(String[] args) throws InterruptedException {
    for (int i = 0; i < ROUNDS; i++) {
      deleteFailing(() -> fail(new IllegalArgumentException("a release that throws")));
      deleteFailing(() -> fail(new AssertionError("a release that throws an error")));
      deleteFailing(() -> fail(new Exception("a checked one")));
      deleteFailing(FailingReleases::overflow);
    }
    Expect.equal("failures", ROUNDS * 8L, Exports.statistics().releaseFailures());
    Expect.equal("pending", 0, Exports.statistics().pending());

    CountedExports healthy = CountedExports.of(100, Flavour.VERSIONED);
    for (long tensor : healthy.addresses()) {
      RudeConsumer.delete(tensor, Flavour.VERSIONED);
    }
    healthy.expectEachReleasedOnce();
  }

  /** Once where the exporter may release it, and once where only the reaper may. */
  private static void deleteFailing(Runnable release) throws InterruptedException {
    deleteAndAwait(Owner.nonBlocking(release));
    deleteAndAwait(release::run);
  }

  private static void deleteAndAwait(Owner owner) throws InterruptedException {
    CountedExports.exportDeleteAndAwait(CountedExports.VIEW, owner);
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void fail(Throwable failure) throws T {
    throw (T) failure;
  }

  @SuppressWarnings("InfiniteRecursion")
  private static void overflow() {
    overflow();
  }
}
