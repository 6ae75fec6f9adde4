package org.dlpack4j.cudf;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A number of bytes that imports, or exports, may hold together. What would go beyond it is
 * refused. For any number of importers and exporters, and any thread.
 */
public final class CudfBudget {

  private final long limit;
  private final AtomicLong held = new AtomicLong();

  private CudfBudget(long limit) {
    this.limit = limit;
  }

  /**
   * A budget of its own.
   *
   * @param limit how many bytes; 0 or more
   * @return the budget, of which nothing is held
   * @throws IllegalArgumentException if it is negative
   */
  public static CudfBudget ofBytes(long limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("budget: expected 0 bytes or more but found " + limit);
    }
    return new CudfBudget(limit);
  }

  /**
   * How much of it is held.
   *
   * @return bytes
   */
  public long heldBytes() {
    return held.get();
  }

  /** Takes some, or throws and takes nothing. */
  void take(long bytes) {
    long before = held.get();
    while (!held.compareAndSet(before, requireWithin(before, bytes))) {
      before = held.get();
    }
  }

  private long requireWithin(long before, long bytes) {
    if (bytes > limit - before) {
      throw new IllegalStateException(
          "budget: expected %d bytes to fit but found %d of %d held; wait for consumers, or use a larger one"
              .formatted(bytes, before, limit));
    }
    return before + bytes;
  }

  void give(long bytes) {
    held.addAndGet(-bytes);
  }
}
