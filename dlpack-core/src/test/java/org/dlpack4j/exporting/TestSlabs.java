package org.dlpack4j.exporting;

import static org.dlpack4j.TensorFlags.IS_SUBBYTE_TYPE_PADDED;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;

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
      slab.own(block, owner, 0);
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
    slab.own(block, owner, 0);
    return block;
  }

  static List<Long> export(SlabPool pool, Lane lane, Owner owner, int count) {
    List<Long> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      blocks.add(export(pool, lane, owner));
    }
    return blocks;
  }

  /** The same with the struct written, and at a time. */
  static long export(
      SlabPool pool, Lane lane, Owner owner, TensorView view, Flavour flavour, int ticks) {
    Slab slab = pool.stripe(lane).current();
    long block = slab.claim();
    if (block == 0) {
      throw new AssertionError("more tensors than a slab has blocks");
    }
    Block.write(block, view, flavour, 0, view.padded() ? IS_SUBBYTE_TYPE_PADDED : 0, 0);
    int birth = Birth.of(ticks, flavour);
    if (lane == Lane.NATIVE) {
      Block.writeNativeOwner(block, (NativeOwner) owner, birth);
    } else {
      slab.own(block, owner, birth);
    }
    return block;
  }

  /** What consumers do. */
  static void delete(Iterable<Long> blocks) {
    blocks.forEach(SlabHeader::mark);
  }
}
