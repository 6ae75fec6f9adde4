package org.dlpack4j.importing;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.OwnerKind;

/** Foreign managed tensors that end together. */
final class ForeignTensors {

  /** Each pointer, and after it its deleter. */
  private final long[] pointers;

  /** What they span, each by itself. */
  private final long bytes;

  ForeignTensors(List<? extends ImportedTensor> tensors) {
    pointers = new long[2 * tensors.size()];
    long sum = 0;
    for (int i = 0; i < tensors.size(); i++) {
      ImportedTensor tensor = tensors.get(i);
      pointers[2 * i] = tensor.managed();
      pointers[2 * i + 1] = tensor.deleter();
      sum += tensor.byteSize();
    }
    bytes = sum;
  }

  boolean isEmpty() {
    return pointers.length == 0;
  }

  long first() {
    return pointers[0];
  }

  void countBegun() {
    ImportCounts.begun(pointers.length / 2, bytes);
  }

  void countEnded() {
    ImportCounts.ended(pointers.length / 2, bytes);
  }

  /** Ends the hold on them that was counted. */
  void end() {
    countEnded();
    delete();
  }

  void delete() {
    for (int i = 0; i < pointers.length; i += 2) {
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
      return "owner of a foreign table of " + pointers.length / 2 + " tensors";
    }
  }
}
