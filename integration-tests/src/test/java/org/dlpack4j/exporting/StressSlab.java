package org.dlpack4j.exporting;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.Owner;

/**
 * A slab for one round of a stress test, in any state that a slab can have. Slab memory is never
 * given back, so the rounds hand it on: whoever looks last calls {@link #recycle}.
 */
final class StressSlab {

  private static final SlabMemory MEMORY = new SlabMemory();

  /** The last slot with an owner; blocks after it, if not free, are live for good. */
  static final int LAST_OWNED = 10;

  /** In the header, where neither Java nor C has anything. */
  private static final long BELL = 192;

  private static long[] spare = new long[1024];
  private static int spares;

  final Slab slab;
  private final long address;
  private final CountedOwner[] owners = new CountedOwner[LAST_OWNED + 1];

  /**
   * Makes one whose blocks are live but for those given. No slot up to {@link #LAST_OWNED} is
   * without an owner unless it is free.
   *
   * @param deleted idle bits of blocks that a consumer has deleted, their owners not yet released
   * @param free idle bits of blocks that may be claimed
   */
  StressSlab(long deleted, long free) {
    this(Lane.NON_BLOCKING, deleted, free);
  }

  StressSlab(Lane lane, long deleted, long free) {
    address = take();
    ALL.set(JAVA_LONG, address + SlabHeader.DOUBLE_DELETES, 0L);
    ALL.set(JAVA_INT, address + BELL, 0);
    slab = new Slab(address, lane, address + BELL);
    ALL.set(JAVA_LONG, address + SlabHeader.STATE, deleted | free | free << SlabHeader.FREE_SHIFT);
    for (int slot = 1; slot <= LAST_OWNED; slot++) {
      if ((free & bit(slot)) == 0) {
        owners[slot] = new CountedOwner();
        slab.own(block(slot), owners[slot], 0);
      }
    }
  }

  static long bit(int slot) {
    return 1L << slot;
  }

  /** The idle bits of slots 1 to a last one. */
  static long bitsTo(int last) {
    return (1L << (last + 1)) - 2;
  }

  long block(int slot) {
    return address + slot * Block.BYTES;
  }

  int slotOf(long block) {
    return block == 0 ? 0 : SlabHeader.slotOf(block);
  }

  int releases(int slot) {
    return owners[slot].releases.get();
  }

  /** How many of the first owners were not released exactly so often. */
  int ownersNotReleased(int times, int lastSlot) {
    return (int)
        Arrays.stream(owners, 1, lastSlot + 1)
            .filter(owner -> owner.releases.get() != times)
            .count();
  }

  long doorbell() {
    return address + BELL;
  }

  int doorbellValue() {
    return ALL.get(JAVA_INT, address + BELL);
  }

  int doubleDeletes() {
    return (int) SlabHeader.doubleDeletes(address);
  }

  /** Lets later rounds have the memory; nothing may touch it from then on. */
  void recycle() {
    give(address);
  }

  private static synchronized long take() {
    return spares > 0 ? spare[--spares] : MEMORY.allocate();
  }

  private static synchronized void give(long slab) {
    if (spares == spare.length) {
      spare = Arrays.copyOf(spare, 2 * spares);
    }
    spare[spares++] = slab;
  }

  /** Counts its releases. */
  static final class CountedOwner implements Owner {
    final AtomicInteger releases = new AtomicInteger();

    @Override
    public void release() {
      releases.incrementAndGet();
    }

    @Override
    public Release mode() {
      return Release.NON_BLOCKING;
    }
  }
}
