package org.dlpack4j.cuda;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;

/**
 * A foreign tensor in CUDA's memory, adopted. Closed, its deleter is called when the device has
 * done what was queued before. Any thread.
 */
public final class CudaTensor implements AutoCloseable {

  private final TensorView view;
  private final Owner owner;
  private final AtomicBoolean gone = new AtomicBoolean();

  CudaTensor(TensorView view, Owner foreign, ReleasePolicy policy) {
    this.view = view;
    this.owner = GatedOwner.of(Users.of(view.device()), policy, foreign);
  }

  /**
   * What it is and where, as the driver says.
   *
   * @return the view, for as long as this is open
   * @throws IllegalStateException if it is closed
   */
  public TensorView view() {
    requireOpen(!gone.get());
    return view;
  }

  /**
   * Makes it the owner of exports, so that it can be given on without a copy.
   *
   * @return the owner, to be released by its exports, or by the caller; this is closed
   * @throws IllegalStateException if it is closed; nothing changes then
   */
  public Owner intoOwner() {
    requireOpen(gone.compareAndSet(false, true));
    return owner;
  }

  /** Has the deleter called, later, unless that is done already. */
  @Override
  public void close() {
    if (gone.compareAndSet(false, true)) {
      owner.release();
    }
  }

  private static void requireOpen(boolean open) {
    if (!open) {
      throw new IllegalStateException("tensor: expected an open one but found it closed");
    }
  }

  /** What it is. */
  @Override
  public String toString() {
    return view + (gone.get() ? ", closed" : "");
  }
}
