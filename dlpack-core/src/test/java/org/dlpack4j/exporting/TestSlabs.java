package org.dlpack4j.exporting;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.Owner;

/** Slabs and pools that no reaper knows of, so that a test decides who drains when. */
final class TestSlabs {

  /** Blocks of one slab; the first is the header. */
  static final int BLOCKS = SlabHeader.SLOTS - 1;

  private static final SlabMemory MEMORY = new SlabMemory();
  private static final long DOORBELL = Reaper.newDoorbell();

  private TestSlabs() {}

  static Slab slab(Lane lane) {
    return new Slab(MEMORY.allocate(), lane, DOORBELL);
  }

  static SlabPool pool() {
    return new SlabPool(MEMORY, DOORBELL);
  }

  /** A memory that has only so many slabs, until it is given more. */
  static final class ShortMemory extends SlabMemory {
    private int left;

    ShortMemory(int left) {
      this.left = left;
    }

    synchronized void add(int slabs) {
      left += slabs;
    }

    @Override
    synchronized long allocate() {
      if (left == 0) {
        throw new OutOfMemoryError("no slab left");
      }
      left--;
      return super.allocate();
    }
  }

  /** Claims all blocks that are free, each with the owner. */
  static List<Long> fill(Slab slab, Owner owner) {
    List<Long> blocks = new ArrayList<>();
    for (long block = slab.claim(); block != 0; block = slab.claim()) {
      slab.own(block, owner);
      blocks.add(block);
    }
    return blocks;
  }

  /** What the exporter does to get a block from a pool. */
  static long export(SlabPool pool, Lane lane, Owner owner) {
    Stripe stripe = pool.stripe(lane);
    Slab slab = stripe.current();
    long block = slab.claim();
    while (block == 0) {
      slab = stripe.after(slab);
      block = slab.claim();
    }
    slab.own(block, owner);
    return block;
  }

  static List<Long> export(SlabPool pool, Lane lane, Owner owner, int count) {
    List<Long> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      blocks.add(export(pool, lane, owner));
    }
    return blocks;
  }

  /** What consumers do. */
  static void delete(Iterable<Long> blocks) {
    blocks.forEach(SlabHeader::mark);
  }
}
