package org.dlpack4j.exporting;

import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.Owner;

/** What the tensors of a table hold together: the last one to go releases the owner. */
final class TableOwner extends AtomicInteger implements WrappingOwner {

  private static final long serialVersionUID = 1;

  @SuppressWarnings("serial") // Nobody sees this object, so nobody writes it anywhere.
  private final Owner owner;

  TableOwner(Owner owner, int tensors) {
    super(tensors);
    this.owner = owner;
  }

  @Override
  public Owner owner() {
    return owner;
  }

  @Override
  public void release() {
    release(1);
  }

  /** Releases what so many tensors hold. */
  void release(int tensors) {
    if (addAndGet(-tensors) == 0) {
      owner.release();
    }
  }
}
