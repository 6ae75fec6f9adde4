package org.dlpack4j.importing;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.NativeCalls;
import org.dlpack4j.internal.OwnerKind;

/**
 * A foreign managed tensor as an owner: releasing it calls the producer's deleter, once. Blocking,
 * as such a deleter may wait for a lock of its own world, such as Python's.
 */
@OwnerKind.Named("adopted tensor")
final class ForeignOwner implements Owner {

  private static final AtomicIntegerFieldUpdater<ForeignOwner> EXPORTED =
      AtomicIntegerFieldUpdater.newUpdater(ForeignOwner.class, "exported");
  private static final AtomicIntegerFieldUpdater<ForeignOwner> RELEASED =
      AtomicIntegerFieldUpdater.newUpdater(ForeignOwner.class, "released");

  private final long managed;
  private final long deleter;
  private final boolean readOnly;

  /** 1 once it has been. */
  @SuppressWarnings("UnusedVariable") // The updater reads it.
  private volatile int exported;

  @SuppressWarnings("UnusedVariable") // As above.
  private volatile int released;

  ForeignOwner(long managed, long deleter, boolean readOnly) {
    this.managed = managed;
    this.deleter = deleter;
    this.readOnly = readOnly;
  }

  /** Calls a deleter that may be NULL, as DLPack allows. */
  static void delete(long managed, long deleter) {
    if (deleter != 0) {
      NativeCalls.call(deleter, managed);
    }
  }

  @Override
  public void beginExport() {
    if (!EXPORTED.compareAndSet(this, 0, 1)) {
      throw new IllegalStateException(
          "owner: expected a foreign tensor that no other export holds but found one exported"
              + " already; export several tensors over owner.shared()");
    }
  }

  @Override
  public void release() {
    if (!RELEASED.compareAndSet(this, 0, 1)) {
      throw new IllegalStateException("owner: expected it to be held but found it released");
    }
    delete(managed, deleter);
  }

  @Override
  public boolean isReadOnly() {
    return readOnly;
  }

  @Override
  public String toString() {
    return "owner of the foreign tensor at 0x" + Long.toHexString(managed);
  }
}
