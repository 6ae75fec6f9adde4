package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.dlpack4j.exporting.TestSlabs.BLOCKS;
import static org.dlpack4j.exporting.TestSlabs.delete;
import static org.dlpack4j.exporting.TestSlabs.fill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlpack4j.CountingOwner;
import org.junit.jupiter.api.Test;

/** Which slab an exporter claims from next. */
class StripeTest {

  private final CountingOwner owner = CountingOwner.nonBlocking();
  private final List<Slab> made = new ArrayList<>();
  private int limit = Integer.MAX_VALUE;
  private final Stripe stripe = new Stripe(this::make);

  private Slab make() {
    if (made.size() == limit) {
      throw new OutOfMemoryError("no slab left");
    }
    Slab slab = TestSlabs.slab(Lane.NON_BLOCKING);
    made.add(slab);
    return slab;
  }

  /** Uses the current slab up. */
  private List<Long> exhaust() {
    return fill(stripe.current(), owner);
  }

  private Slab next() {
    return stripe.after(stripe.current());
  }

  @Test
  void startsWithOneSlab() {
    assertThat(made).containsExactly(stripe.current());
  }

  @Test
  void takesAFreshSlabWhenAllAreInUse() {
    for (int slabs = 1; slabs < 10; slabs++) {
      assertThat(exhaust()).hasSize(BLOCKS);
      assertThat(next()).isSameAs(made.getLast()).isSameAs(stripe.current());
      assertThat(made).hasSize(slabs + 1);
    }
  }

  @Test
  void staysWithASlabThatCanBeRefilled() {
    Slab first = stripe.current();
    delete(exhaust());

    assertThat(next()).isSameAs(first);
    assertThat(made).hasSize(1);
  }

  @Test
  void followsAThreadThatWasFaster() {
    Slab first = stripe.current();
    exhaust();
    Slab second = stripe.after(first);

    assertThat(stripe.after(first)).isSameAs(second);
    assertThat(made).hasSize(2);
  }

  @Test
  void comesBackToARestedSlab() {
    Slab first = stripe.current();
    List<Long> blocks = exhaust();
    next();
    exhaust();
    delete(blocks);

    assertThat(next()).isSameAs(first);
    assertThat(made).hasSize(2);
    assertThat(exhaust()).hasSize(BLOCKS);
  }

  @Test
  void letsASlabWithFewFreeBlocksRestUntilItIsWorthIt() {
    Slab first = stripe.current();
    List<Long> blocks = exhaust();
    delete(blocks.subList(0, Slab.WORTH_REFILLING - 1));

    assertThat(next()).isNotSameAs(first);
    exhaust();
    assertThat(next()).isNotSameAs(first);
    exhaust();
    delete(blocks.subList(Slab.WORTH_REFILLING - 1, Slab.WORTH_REFILLING));

    assertThat(next()).isSameAs(first);
    assertThat(made).hasSize(3);
  }

  @Test
  void comesBackToEveryRestingSlabInTheEnd() {
    Map<Slab, List<Long>> blocks = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      blocks.put(stripe.current(), exhaust());
      next();
    }
    Slab freed = made.get(15);
    delete(blocks.getOrDefault(freed, List.of()));

    for (int i = 0; i < 5 && !stripe.current().equals(freed); i++) {
      exhaust();
      next();
    }

    assertThat(stripe.current()).as("a few are looked at each time").isSameAs(freed);
  }

  @Test
  void losesNoSlabWhenThereIsNoMemory() {
    limit = 1;
    List<Long> blocks = exhaust();
    Slab first = stripe.current();

    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(this::next)
        .withMessage("no slab left");
    assertThat(stripe.current()).isSameAs(first);
    delete(blocks);

    assertThat(next()).isSameAs(first);
    assertThat(exhaust()).hasSize(BLOCKS);
  }

  @Test
  void keepsRestingSlabsWhenThereIsNoMemory() {
    limit = 2;
    Slab first = stripe.current();
    List<Long> blocks = exhaust();
    next();
    exhaust();

    assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(this::next);
    delete(blocks);

    assertThat(next()).isSameAs(first);
  }
}
