package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.exporting.TestSlabs.slab;

import org.dlpack4j.CountingOwner;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.Test;

/** Whether a slab still holds an owner, which is what waiting for a release asks. */
class SlabHoldsTest {

  private final CountingOwner owner = CountingOwner.nonBlocking();
  private final Slab slab = slab(Lane.NON_BLOCKING);

  @Test
  void holdsOwnersByIdentityEvenBesideASpill() {
    CountingOwner spilled = CountingOwner.nonBlocking();
    slab.own(slab.claim(), owner, 0);
    long block = slab.claim();
    slab.own(block, new SpilledOwner(spilled, Memory.allocate(144), 0), 0);

    assertThat(slab.holds(owner)).isTrue();
    assertThat(slab.holds(spilled)).isTrue();
    assertThat(slab.holds(CountingOwner.nonBlocking())).isFalse();
    SlabHeader.mark(block);
    assertThat(slab.holds(spilled)).as("until the release has returned").isTrue();
    slab.drain();

    assertThat(slab.holds(spilled)).isFalse();
    assertThat(spilled.releases()).isEqualTo(1);
  }

  @Test
  void leavesNativeOwnersToC() {
    Slab inC = slab(Lane.NATIVE);
    NativeOwner freed = new NativeOwner(0x10, 0x20);
    long block = inC.claim();
    Block.writeNativeOwner(block, freed, 0);
    assertThat(inC.holds(freed)).isTrue();
    assertThat(inC.holds(new NativeOwner(0x10, 0x21))).isFalse();
    assertThat(inC.holds(owner)).isFalse();

    SlabHeader.mark(block);
    assertThat(inC.drain()).isZero();
    assertThat(inC.needsDraining()).isFalse();
    assertThat(inC.pending()).as("C is at it").isEqualTo(1);
    assertThat(inC.holds(freed)).isTrue();

    SlabHeader.free(inC.address, 1L << SlabHeader.slotOf(block));
    assertThat(inC.pending()).isZero();
    assertThat(inC.holds(freed)).isFalse();
    assertThat(inC.refill()).isTrue();
  }
}
