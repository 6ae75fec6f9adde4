package org.dlpack4j;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.dlpack4j.internal.OwnerKind;

/**
 * An owner with a reference count. Whoever made it holds one reference, and each export holds
 * another; the last one to go releases the owner beneath. A count of zero is final.
 */
public final class SharedOwner implements AutoCloseable {

  private final Reference reference;
  private final AtomicBoolean closed = new AtomicBoolean();

  SharedOwner(Owner owner) {
    owner.beginExport();
    this.reference = new Reference(owner);
  }

  /**
   * Adds a reference, for whoever is going to release it.
   *
   * @return an owner whose {@code release()} gives this reference back; the same object every time,
   *     to be released once for each call
   * @throws IllegalStateException if the last reference is gone; nothing is added then
   */
  public Owner retain() {
    reference.retain();
    return reference;
  }

  /**
   * What exports of this owner hold.
   *
   * @return the owner that {@link #retain()} returns, without another reference
   */
  public Owner reference() {
    return reference;
  }

  /**
   * Whether consumers must not write to the memory.
   *
   * @return as the owner beneath says
   */
  public boolean isReadOnly() {
    return reference.isReadOnly();
  }

  /**
   * The references that are held now.
   *
   * @return 0 once the owner beneath has been released
   */
  public int referenceCount() {
    return reference.count;
  }

  /** Gives the caller's own reference back. Exports keep theirs. Calling it again does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      reference.release();
    }
  }

  @Override
  public String toString() {
    return reference.toString();
  }

  /** What exports hold: releasing it gives one reference back. */
  @OwnerKind.Named("shared")
  private static final class Reference implements Owner, OwnerKind.Wrapping {

    private static final AtomicIntegerFieldUpdater<Reference> COUNT =
        AtomicIntegerFieldUpdater.newUpdater(Reference.class, "count");

    private final Owner owner;
    private volatile int count = 1;

    Reference(Owner owner) {
      this.owner = owner;
    }

    void retain() {
      int now;
      do {
        now = count;
        if (now == 0) {
          throw new IllegalStateException(
              "owner: expected one that is still held but found its last reference released: "
                  + owner);
        }
      } while (!COUNT.compareAndSet(this, now, now + 1));
    }

    @Override
    public void release() {
      int before;
      do {
        before = count;
        if (before == 0) {
          throw new IllegalStateException("owner: released more often than retained: " + owner);
        }
      } while (!COUNT.compareAndSet(this, before, before - 1));
      if (before == 1) {
        owner.release();
      }
    }

    @Override
    public Object wrapped() {
      return owner;
    }

    @Override
    public Release mode() {
      return owner.mode();
    }

    @Override
    public boolean isReadOnly() {
      return owner.isReadOnly();
    }

    @Override
    public SharedOwner shared() {
      throw new IllegalStateException("owner: shared already; call retain() on its SharedOwner");
    }

    @Override
    public String toString() {
      return "shared " + owner + ", " + count + " references";
    }
  }
}
