package org.dlpack4j;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An owner that counts its releases. */
public final class CountingOwner implements Owner {

  /** Long enough for any machine; reached only by a test that fails. */
  public static final long SECONDS = 20;

  private final Release mode;
  private final AtomicInteger releases = new AtomicInteger();
  private final CountDownLatch released = new CountDownLatch(1);
  private volatile @Nullable Thread releasedBy;

  private CountingOwner(Release mode) {
    this.mode = mode;
  }

  /** Released by whoever exports. */
  public static CountingOwner nonBlocking() {
    return new CountingOwner(Release.NON_BLOCKING);
  }

  /** Released by the reaper. */
  public static CountingOwner blocking() {
    return new CountingOwner(Release.BLOCKING);
  }

  /** How often it was released. */
  public int releases() {
    return releases.get();
  }

  /** The thread of the last release. */
  public @Nullable Thread releasedBy() {
    return releasedBy;
  }

  /** Opens with the first release. */
  public CountDownLatch released() {
    return released;
  }

  @Override
  public void release() {
    releasedBy = Thread.currentThread();
    releases.incrementAndGet();
    released.countDown();
  }

  @Override
  public Release mode() {
    return mode;
  }

  @Override
  public String toString() {
    return "CountingOwner";
  }
}
