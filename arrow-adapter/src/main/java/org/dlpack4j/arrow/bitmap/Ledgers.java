package org.dlpack4j.arrow.bitmap;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Who holds foreign memory: a ledger for each allocator that has buffers on it. One of the
 * allocators counts it as its own; when that has no buffers any more, another one does.
 */
@SuppressWarnings("ReferenceEquality") // Allocators and ledgers are themselves only.
final class Ledgers {

  private final ForeignBuffers memory;

  /** The one whose allocator counts the memory. */
  private volatile ForeignLedger counting;

  /** All that have not ended; null as long as there was no other than the first. */
  private volatile @Nullable List<ForeignLedger> all;

  private Ledgers(ForeignBuffers memory, BufferAllocator allocator) {
    this.memory = memory;
    this.counting = new ForeignLedger(this, allocator);
  }

  /**
   * Counts memory as an allocator's.
   *
   * @return a ledger with a reference for the caller; null if only Arrow itself can count it, or
   *     can say why that cannot be: nothing is counted then
   */
  static @Nullable ForeignLedger firstOf(ForeignBuffers memory, BufferAllocator allocator) {
    // Listeners, and the books of the debug mode, hear from Arrow only what they expect to hear.
    if (RootAllocator.isDebug() || allocator.getListener() != AllocationListener.NOOP) {
      return null;
    }
    allocator.assertOpen();
    if (!allocator.forceAllocate(memory.getSize())) {
      allocator.releaseBytes(memory.getSize());
      return null;
    }
    return new Ledgers(memory, allocator).counting;
  }

  long size() {
    return memory.getSize();
  }

  boolean isCountedBy(ForeignLedger ledger) {
    return counting == ledger;
  }

  /** An allocator's ledger with a reference more, for whoever has a buffer of another one. */
  synchronized ForeignLedger retained(ForeignLedger by, BufferAllocator target) {
    if (target.getRoot() != by.getAllocator().getRoot()) {
      throw new IllegalStateException(
          "allocator %s: expected one of the same root as %s but found one of another; copy the buffer"
              .formatted(target.getName(), by.getAllocator().getName()));
    }
    target.assertOpen();
    List<ForeignLedger> known = all;
    if (known == null) {
      known = new ArrayList<>(List.of(by));
      all = known;
    }
    for (ForeignLedger ledger : known) {
      if (ledger.getAllocator() == target && ledger.retainIfHeld(1)) {
        return ledger;
      }
    }
    ForeignLedger made = new ForeignLedger(this, target);
    known.add(made);
    return made;
  }

  /**
   * Has another allocator count the memory if this one does.
   *
   * @return whether there was room for it, as it is counted in any case
   */
  synchronized boolean move(ForeignLedger from, ForeignLedger to) {
    if (from == to || counting != from) {
      return true;
    }
    boolean fits = to.getAllocator().forceAllocate(size());
    from.getAllocator().releaseBytes(size());
    counting = to;
    return fits;
  }

  /** The last reference of a ledger is gone. */
  void end(ForeignLedger ledger) {
    if (all == null || isLast(ledger)) {
      ledger.getAllocator().releaseBytes(size());
      memory.release0();
    }
  }

  private synchronized boolean isLast(ForeignLedger ended) {
    List<ForeignLedger> left = all;
    if (left == null || (left.remove(ended) && left.isEmpty())) {
      return true;
    }
    boolean ignored = move(ended, left.getFirst());
    return false;
  }
}
