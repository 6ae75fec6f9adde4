package org.dlpack4j.py4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.Owner;
import org.jspecify.annotations.Nullable;

/** An owner that counts its releases, which may block. */
final class CountingOwner implements Owner {

  private final AtomicInteger releases = new AtomicInteger();
  private final CountDownLatch released = new CountDownLatch(1);
  private final Owner beneath;
  private volatile @Nullable Thread by;

  CountingOwner(Owner beneath) {
    this.beneath = beneath;
  }

  /** Of nothing. */
  static CountingOwner ofNothing() {
    return new CountingOwner(Owner.nonBlocking(() -> {}));
  }

  int releases() {
    return releases.get();
  }

  @Nullable Thread releasedBy() {
    return by;
  }

  void assertReleasedOnce() throws InterruptedException {
    assertThat(released.await(20, TimeUnit.SECONDS)).as("released").isTrue();
    assertThat(releases).hasValue(1);
  }

  @Override
  public void release() {
    by = Thread.currentThread();
    releases.incrementAndGet();
    beneath.release();
    released.countDown();
  }

  @Override
  public Release mode() {
    return Release.BLOCKING;
  }
}
