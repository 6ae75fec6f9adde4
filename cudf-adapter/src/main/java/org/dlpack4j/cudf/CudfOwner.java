package org.dlpack4j.cudf;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.dlpack4j.Owner;
import org.jspecify.annotations.Nullable;

/**
 * An owner of what crosses, whose bytes count until it is released. By its name {@code
 * Exports.live()} calls what has left.
 *
 * @param inner what is released
 * @param bytes how many
 * @param all where those of all are counted
 * @param budget where these have to fit, if anywhere
 */
record CudfOwner(Owner inner, long bytes, LongAdder all, @Nullable CudfBudget budget)
    implements Owner {

  /**
   * Takes the bytes, and the owner over; if it throws, neither.
   *
   * @param owner where it comes from, once the bytes fit
   */
  static CudfOwner of(
      Supplier<Owner> owner, long bytes, LongAdder all, @Nullable CudfBudget budget) {
    if (budget != null) {
      budget.take(bytes);
    }
    all.add(bytes);
    try {
      return new CudfOwner(owner.get(), bytes, all, budget);
    } catch (Throwable e) {
      give(bytes, all, budget);
      throw e;
    }
  }

  @Override
  public void release() {
    try {
      inner.release();
    } finally {
      give(bytes, all, budget);
    }
  }

  private static void give(long bytes, LongAdder all, @Nullable CudfBudget budget) {
    all.add(-bytes);
    if (budget != null) {
      budget.give(bytes);
    }
  }

  @Override
  public Release mode() {
    return inner.mode();
  }

  @Override
  public boolean isReadOnly() {
    return inner.isReadOnly();
  }

  @Override
  public boolean isFreshCopy() {
    return inner.isFreshCopy();
  }

  @Override
  public void beginExport() {
    inner.beginExport();
  }

  /** What it is of. */
  @Override
  public String toString() {
    return inner.toString();
  }
}
