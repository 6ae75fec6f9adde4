package org.dlpack4j.arrow;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.ReferenceManager;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.OwnerKind;

/**
 * Arrow buffers as an owner: it holds one reference on each until it is released.
 *
 * <p>Its release takes Arrow's own lock of the allocator for a moment, and waits for nobody else.
 */
@OwnerKind.Named("Arrow")
public final class BufferOwner implements Owner {

  private final ReferenceManager[] references;

  private BufferOwner(ReferenceManager[] references) {
    this.references = references;
  }

  /**
   * Takes a reference on each buffer.
   *
   * @param buffers what is to stay; the caller keeps its own references
   * @return the owner, for one export; to be released if it is not exported
   * @throws IllegalStateException if a buffer has been freed; nothing is retained then
   */
  public static BufferOwner retaining(List<ArrowBuf> buffers) {
    ReferenceManager[] references = new ReferenceManager[buffers.size()];
    for (int i = 0; i < references.length; i++) {
      references[i] = buffers.get(i).getReferenceManager();
    }
    int retained = 0;
    try {
      for (; retained < references.length; retained++) {
        references[retained].retain();
      }
    } catch (Throwable e) {
      for (int i = 0; i < retained; i++) {
        references[i].release();
      }
      throw e;
    }
    return new BufferOwner(references);
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }

  /** Gives all references back, however many of them throw. */
  @Override
  public void release() {
    RuntimeException thrown = null;
    for (ReferenceManager reference : references) {
      try {
        reference.release();
      } catch (RuntimeException e) {
        if (thrown == null) {
          thrown = e;
        } else {
          thrown.addSuppressed(e);
        }
      }
    }
    if (thrown != null) {
      throw thrown;
    }
  }
}
