package org.dlpack4j.exporting;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.dlpack4j.Owner;
import org.jspecify.annotations.Nullable;

/** All slabs: stripes to claim from, and the list that the reaper walks. */
final class SlabPool {

  private static final int STRIPES_PER_LANE =
      Integer.highestOneBit(Math.max(1, Runtime.getRuntime().availableProcessors() * 4 - 1));

  private final SlabMemory memory;
  private final long doorbell;
  private final Queue<Slab> slabs = new ConcurrentLinkedQueue<>();
  private final AtomicReferenceArray<@Nullable Stripe> stripes =
      new AtomicReferenceArray<>(Lane.COUNT * STRIPES_PER_LANE);

  SlabPool(SlabMemory memory, long doorbell) {
    this.memory = memory;
    this.doorbell = doorbell;
  }

  /**
   * The stripe of the calling thread.
   *
   * @throws OutOfMemoryError if it is new and there is no memory for its first slab
   */
  Stripe stripe(Lane lane) {
    int thread = (int) Thread.currentThread().threadId() & (STRIPES_PER_LANE - 1);
    int index = lane.code * STRIPES_PER_LANE + thread;
    Stripe stripe = stripes.getAcquire(index);
    return stripe != null ? stripe : newStripe(index, lane);
  }

  private synchronized Stripe newStripe(int index, Lane lane) {
    Stripe stripe = stripes.get(index);
    if (stripe == null) {
      stripe = new Stripe(() -> newSlab(lane));
      stripes.setRelease(index, stripe);
    }
    return stripe;
  }

  private Slab newSlab(Lane lane) {
    Slab slab = new Slab(memory.allocate(), lane, doorbell);
    slabs.add(slab);
    return slab;
  }

  /** Releases the owners of everything that consumers have deleted, those of one lane. */
  int drain(Lane lane) {
    int released = 0;
    for (Slab slab : slabs) {
      if (slab.lane == lane) {
        released += slab.drain();
      }
    }
    return released;
  }

  boolean needsDraining() {
    for (Slab slab : slabs) {
      if (slab.needsDraining()) {
        return true;
      }
    }
    return false;
  }

  /** What is held or out with consumers, as old as it is at a time. */
  List<LiveExports> live(int nowTicks) {
    Census census = new Census(nowTicks);
    for (Slab slab : slabs) {
      slab.count(census);
    }
    return census.result();
  }

  void recordDoubleDeletes() {
    for (Slab slab : slabs) {
      slab.recordDoubleDeletes();
    }
  }

  boolean holds(Owner owner) {
    for (Slab slab : slabs) {
      if (slab.holds(owner)) {
        return true;
      }
    }
    return false;
  }

  List<Owner> held(Predicate<? super Owner> which) {
    List<Owner> found = new ArrayList<>();
    for (Slab slab : slabs) {
      slab.addHeld(which, found);
    }
    return found;
  }

  long sum(ToLongFunction<Slab> count) {
    long sum = 0;
    for (Slab slab : slabs) {
      sum += count.applyAsLong(slab);
    }
    return sum;
  }

  long nativeBytes() {
    return slabs.size() * SlabHeader.SLAB_BYTES;
  }
}
