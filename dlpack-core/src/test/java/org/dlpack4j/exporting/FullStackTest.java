package org.dlpack4j.exporting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.Owner;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** An exporter whose stack is nearly full when it comes to release what others have deleted. */
@ResourceLock(GlobalExports.LOCK) // for the log
class FullStackTest {

  /** Overflows the stack after it has done its work, where only little of the stack is left. */
  private static final class DeepOwner implements Owner {
    private int releases;

    @Override
    public void release() {
      releases++;
      deeper(50);
    }

    private static int deeper(int depth) {
      return depth == 0 ? 0 : deeper(depth - 1) + 1;
    }

    @Override
    public Release mode() {
      return Release.NON_BLOCKING;
    }
  }

  private final SlabPool pool = TestSlabs.pool();
  private final List<DeepOwner> owners = new ArrayList<>();

  @BeforeEach
  void drainWithEveryLittleRoom() {
    List<Long> blocks = new ArrayList<>();
    for (int i = 0; i < 20 * TestSlabs.BLOCKS; i++) {
      DeepOwner owner = new DeepOwner();
      owners.add(owner);
      blocks.add(TestSlabs.export(pool, Lane.NON_BLOCKING, owner));
    }
    TestSlabs.delete(blocks);
    try (CapturedLog log = new CapturedLog()) {
      logOnce();
      assertThat(log.records()).isNotEmpty();
      drainAtTheEndOfTheStack(0);
    }
    pool.drain(Lane.NON_BLOCKING);
  }

  /** A class whose initialization runs out of stack would be lost to all other tests. */
  private static void logOnce() {
    QuietLog.warn("released", "nothing", new IllegalStateException("no release"));
  }

  @Test
  void releasesNoOwnerTwice() {
    assertThat(owners).extracting(owner -> owner.releases).allMatch(releases -> releases <= 1);
  }

  @Test
  void leavesNoSlabStuck() {
    assertThat(pool.sum(Slab::pending)).isZero();
    assertThat(pool.needsDraining()).isFalse();
  }

  /** Drains again and again, each time with a frame's more room. */
  private int drainAtTheEndOfTheStack(int depth) {
    if (depth == Integer.MAX_VALUE) {
      return depth; // never: the stack ends before
    }
    try {
      return drainAtTheEndOfTheStack(depth + 1);
    } catch (StackOverflowError e) {
      pool.drain(Lane.NON_BLOCKING);
      return depth;
    }
  }
}
