package org.dlpack4j.exporting;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.exporting.TestSlabs.BLOCKS;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.dlpack4j.Concurrently;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The state word: claim, delete, free. */
class SlabHeaderTest {

  private final long doorbell = Reaper.newDoorbell();
  private final long slab = newSlab(Lane.NON_BLOCKING);

  private long newSlab(Lane lane) {
    long address = new SlabMemory().allocate();
    SlabHeader.initialize(address, lane, doorbell);
    return address;
  }

  @Test
  void hasThirtyOneAlignedBlocksBehindTheHeader() {
    assertThat(slab % SlabHeader.SLAB_BYTES).isZero();

    assertThat(claimAll())
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, 31).mapToObj(slot -> slab + slot * 256).toList());
    assertThat(SlabHeader.claim(slab)).isZero();
  }

  @Test
  void givesAsManyOfTheLowestFreeBlocksAsAreWanted() {
    long first = SlabHeader.claim(slab);
    long second = SlabHeader.claim(slab);
    SlabHeader.unclaim(first);

    assertThat(SlabHeader.claim(slab, 2)).isEqualTo(0b1010);
    assertThat(SlabHeader.claim(slab, 100)).isEqualTo(SlabHeader.ALL_IDLE & ~0b1110);
    assertThat(SlabHeader.claim(slab, 1)).isZero();
    SlabHeader.unclaim(second);
    assertThat(SlabHeader.claim(slab, 1)).isEqualTo(0b100);
  }

  @Test
  void findsSlabSlotAndLaneFromABlock() {
    for (long block : claimAll()) {
      assertThat(SlabHeader.slabOf(block)).isEqualTo(slab);
      assertThat(slab + SlabHeader.slotOf(block) * Block.BYTES).isEqualTo(block);
    }
  }

  @ParameterizedTest
  @EnumSource
  void knowsTheLaneOfItsBlocks(Lane lane) {
    long block = SlabHeader.claim(newSlab(lane));

    assertThat(Lane.values()).filteredOn(any -> SlabHeader.isIn(any, block)).containsExactly(lane);
  }

  @Test
  void claimsAnUnclaimedBlockAgain() {
    List<Long> blocks = claimAll();
    SlabHeader.unclaim(blocks.get(7));

    assertThat(claimAll()).containsExactly(blocks.get(7));
    assertThat(SlabHeader.doubleDeletes(slab)).isZero();
  }

  @Test
  void goesFromFreeToClaimedToDeletedToFree() {
    assertState(0, 0);
    long block = SlabHeader.claim(slab);
    assertState(1, 0);
    SlabHeader.mark(block);
    assertState(0, 1);
    SlabHeader.free(slab, 1L << SlabHeader.slotOf(block));
    assertState(0, 0);
    assertThat(claimAll()).hasSize(BLOCKS).contains(block);
  }

  private void assertState(int claimed, int deleted) {
    long state = SlabHeader.state(slab);
    assertThat(Long.bitCount(SlabHeader.claimed(state))).isEqualTo(claimed);
    assertThat(Long.bitCount(SlabHeader.deleted(state))).isEqualTo(deleted);
  }

  @Test
  void doesNotClaimADeletedBlock() {
    List<Long> blocks = claimAll();

    TestSlabs.delete(blocks);

    assertThat(SlabHeader.claim(slab)).isZero();
  }

  @Test
  void countsDeletesOfBlocksThatAreNotInUse() {
    long block = SlabHeader.claim(slab);
    SlabHeader.mark(block);
    assertThat(SlabHeader.doubleDeletes(slab)).isZero();

    SlabHeader.mark(block);
    SlabHeader.mark(block);
    SlabHeader.free(slab, 1L << SlabHeader.slotOf(block));
    SlabHeader.mark(block);

    assertThat(SlabHeader.doubleDeletes(slab)).isEqualTo(3);
    assertThat(claimAll()).as("a stray delete takes no block away").hasSize(BLOCKS);
  }

  @Test
  void givesEveryBlockToOneOfManyThreads() throws InterruptedException {
    for (int round = 0; round < 100; round++) {
      long raced = newSlabIn(slab);
      ConcurrentLinkedQueue<Long> claimed = new ConcurrentLinkedQueue<>();

      Concurrently.run(
          3,
          thread -> {
            for (long block = SlabHeader.claim(raced); block != 0; ) {
              claimed.add(block);
              block = SlabHeader.claim(raced);
            }
          });

      assertThat(claimed).hasSize(BLOCKS).doesNotHaveDuplicates();
    }
  }

  /** The same memory, all free again. */
  private long newSlabIn(long address) {
    SlabHeader.initialize(address, Lane.NON_BLOCKING, doorbell);
    return address;
  }

  @Test
  void obeysOneOfManyConcurrentDeletes() throws InterruptedException {
    for (long block : claimAll()) {
      long before = SlabHeader.doubleDeletes(slab);

      Concurrently.run(3, thread -> SlabHeader.mark(block));

      assertThat(SlabHeader.doubleDeletes(slab)).isEqualTo(before + 2);
    }
  }

  @Test
  void losesNoDeleteBesideClaims() throws InterruptedException {
    Concurrently.run(
        3,
        thread -> {
          for (int i = 0; i < 20_000; i++) {
            long block = SlabHeader.claim(slab);
            SlabHeader.mark(block);
            SlabHeader.free(slab, 1L << SlabHeader.slotOf(block));
          }
        });

    assertThat(SlabHeader.doubleDeletes(slab)).isZero();
    assertState(0, 0);
  }

  @Test
  void ringsTheDoorbellOfASleepingReaperOnly() {
    long block = SlabHeader.claim(slab);
    SlabHeader.setDoorbell(doorbell, 1);

    SlabHeader.mark(block);
    assertThat(Memory.ALL.get(JAVA_INT, doorbell)).isZero();
    SlabHeader.ring(doorbell);
    assertThat(Memory.ALL.get(JAVA_INT, doorbell)).isZero();
  }

  @Test
  void doesNotRingForADoubleDelete() {
    long block = SlabHeader.claim(slab);
    SlabHeader.mark(block);
    SlabHeader.setDoorbell(doorbell, 1);

    SlabHeader.mark(block);

    assertThat(Memory.ALL.get(JAVA_INT, doorbell)).isEqualTo(1);
  }

  @Test
  void liesInSlabsThatDoNotOverlap() {
    SlabMemory memory = new SlabMemory();
    Set<Long> slabs = new HashSet<>();
    for (int i = 0; i < 600; i++) {
      slabs.add(memory.allocate());
    }

    assertThat(slabs).hasSize(600).allMatch(address -> address % SlabHeader.SLAB_BYTES == 0);
  }

  private List<Long> claimAll() {
    List<Long> blocks = new ArrayList<>();
    for (long block = SlabHeader.claim(slab); block != 0; block = SlabHeader.claim(slab)) {
      blocks.add(block);
    }
    return blocks;
  }
}
