package org.dlpack4j.arrow;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
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

  private final String what;
  private final ReferenceManager[] references;

  private BufferOwner(String what, ReferenceManager[] references) {
    this.what = what;
    this.references = references;
  }

  /**
   * Takes a reference on each buffer.
   *
   * @param what the buffers are, for messages
   * @param buffers what is to stay; the caller keeps its own references
   * @return the owner, for one export; to be released if it is not exported
   * @throws IllegalStateException if a buffer has been freed; nothing is retained then
   */
  public static BufferOwner retaining(String what, List<ArrowBuf> buffers) {
    ReferenceManager[] references = new ReferenceManager[buffers.size()];
    for (int i = 0; i < references.length; i++) {
      references[i] = buffers.get(i).getReferenceManager();
    }
    return retaining(what, references);
  }

  /** The same, of what counts each buffer's references; takes the array over. */
  static BufferOwner retaining(String what, ReferenceManager[] references) {
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
    return new BufferOwner(what, references);
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }

  /**
   * Gives all references back, however many of them throw.
   *
   * @throws IllegalStateException if Arrow refuses, as it does with assertions where an allocator
   *     has been closed before its exports
   */
  @Override
  public void release() {
    IllegalStateException thrown = null;
    for (ReferenceManager reference : references) {
      try {
        reference.release();
      } catch (RuntimeException e) {
        if (thrown == null) {
          thrown = refused(reference, e);
        } else {
          thrown.addSuppressed(e);
        }
      }
    }
    if (thrown != null) {
      throw thrown;
    }
  }

  private IllegalStateException refused(ReferenceManager reference, RuntimeException cause) {
    return new IllegalStateException(
        "export of %s: expected allocator %s to be open until the export's end but found that it takes no memory back; close it by ArrowExports.close, which waits"
            .formatted(what, reference.getAllocator().getName()),
        cause);
  }

  /** Whether an allocator, or a child of it, has some of the memory. */
  @SuppressWarnings("ReferenceEquality") // An allocator is itself only.
  boolean isOf(BufferAllocator allocator) {
    for (ReferenceManager reference : references) {
      BufferAllocator at = reference.getAllocator();
      while (at != null) {
        if (at == allocator) {
          return true;
        }
        at = at.getParentAllocator();
      }
    }
    return false;
  }

  /** What the buffers are. */
  @Override
  public String toString() {
    return what;
  }
}
