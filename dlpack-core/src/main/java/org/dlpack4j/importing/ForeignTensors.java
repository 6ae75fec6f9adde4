package org.dlpack4j.importing;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.OwnerKind;

/** Foreign managed tensors that end together. */
final class ForeignTensors {

  /** Each pointer, and after it its deleter; there may be room for more. */
  private long[] pointers;

  private int end;

  /** What they span, each by itself. */
  private long bytes;

  /** For so many tensors, or more. */
  ForeignTensors(int usual) {
    pointers = new long[2 * usual];
  }

  /** Only until they have become ours. */
  void add(ImportedTensor tensor) {
    if (end == pointers.length) {
      pointers = Arrays.copyOf(pointers, 2 * end + 2);
    }
    pointers[end++] = tensor.managed();
    pointers[end++] = tensor.deleter();
    bytes += tensor.byteSize();
  }

  boolean isEmpty() {
    return end == 0;
  }

  long first() {
    return pointers[0];
  }

  void countBegun() {
    ImportCounts.begun(end / 2, bytes);
  }

  void countEnded() {
    ImportCounts.ended(end / 2, bytes);
  }

  /** Ends the hold on them that was counted. */
  void end() {
    countEnded();
    delete();
  }

  void delete() {
    for (int i = 0; i < end; i += 2) {
      ForeignOwner.delete(pointers[i], pointers[i + 1]);
    }
  }

  Owner asOwner() {
    return new Together();
  }

  /** Blocking for the same reason as a {@link ForeignOwner}. */
  @OwnerKind.Named("adopted table")
  private final class Together implements Owner {

    private final AtomicBoolean exported = new AtomicBoolean();
    private final AtomicBoolean released = new AtomicBoolean();

    @Override
    public void beginExport() {
      if (!exported.compareAndSet(false, true)) {
        throw new IllegalStateException(
            "owner: expected a foreign table that no other export holds but found one exported"
                + " already; export several tables over owner.shared()");
      }
    }

    @Override
    public void release() {
      if (!released.compareAndSet(false, true)) {
        throw new IllegalStateException("owner: expected it to be held but found it released");
      }
      delete();
    }

    @Override
    public String toString() {
      return "owner of a foreign table of " + end / 2 + " tensors";
    }
  }
}
