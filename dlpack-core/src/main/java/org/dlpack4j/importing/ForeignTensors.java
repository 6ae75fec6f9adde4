package org.dlpack4j.importing;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.Owner;

/** Foreign managed tensors that end together. */
final class ForeignTensors {

  /** Each pointer, and after it its deleter. */
  private final long[] pointers;

  ForeignTensors(List<? extends ImportedTensor> tensors) {
    pointers = new long[2 * tensors.size()];
    for (int i = 0; i < tensors.size(); i++) {
      pointers[2 * i] = tensors.get(i).managed();
      pointers[2 * i + 1] = tensors.get(i).deleter();
    }
  }

  boolean isEmpty() {
    return pointers.length == 0;
  }

  long first() {
    return pointers[0];
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
