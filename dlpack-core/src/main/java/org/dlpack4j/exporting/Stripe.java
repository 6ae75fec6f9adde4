package org.dlpack4j.exporting;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The slabs of one lane that some threads claim from: one at a time, the others rest. Threads of
 * other stripes do not meet here.
 */
final class Stripe {

  /** How many resting slabs an exporter tries before it takes new memory. */
  private static final int TRIES = 4;

  private final AtomicReference<Slab> current;
  private final Queue<Slab> resting = new ConcurrentLinkedQueue<>();
  private final Supplier<Slab> fresh;

  Stripe(Supplier<Slab> fresh) {
    this.fresh = fresh;
    this.current = new AtomicReference<>(fresh.get());
  }

  Slab current() {
    return current.getAcquire();
  }

  /**
   * The slab to claim from after one that had no free block. No lock is held while owners are
   * released: their releases may wait for a thread that exports here.
   */
  Slab after(Slab exhausted) {
    if (current.get() != exhausted || exhausted.refill()) {
      return current.get();
    }
    Slab next = rested();
    if (next == null) {
      next = fresh.get();
    }
    if (current.compareAndSet(exhausted, next)) {
      resting.add(exhausted);
    } else {
      resting.add(next);
    }
    return current.get();
  }

  /** The slab that has rested longest and is worth it. */
  private @Nullable Slab rested() {
    for (int i = 0; i < TRIES; i++) {
      Slab slab = resting.poll();
      if (slab == null || slab.refill()) {
        return slab;
      }
      resting.add(slab);
    }
    return null;
  }
}
