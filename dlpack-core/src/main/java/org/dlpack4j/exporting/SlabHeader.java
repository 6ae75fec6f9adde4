package org.dlpack4j.exporting;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.invoke.VarHandle;
import org.dlpack4j.internal.Futex;

/**
 * The native part of a slab, which C knows too (slab.h): found from any block by masking, so that a
 * deleter needs nothing but its argument.
 *
 * <p>Two bits a block in one word, idle in the lower half and free in the upper:
 *
 * <pre>
 *   idle free
 *    1    1    free: may be claimed
 *    0    0    claimed: the tensor is held, or out with a consumer
 *    1    0    deleted: the consumer is done, the owner is still to be released
 * </pre>
 *
 * Being one word, claim and delete are each one atomic step, and a deleter that finds the idle bit
 * set knows that the block was not in use: a double delete is counted, never obeyed.
 */
final class SlabHeader {

  static final long SLAB_BYTES = 8192;
  static final int SLOTS = (int) (SLAB_BYTES / Block.BYTES);

  static final long STATE = 0;
  static final long DOORBELL = 64;
  static final long LANE = 72;
  static final long DOUBLE_DELETES = 128;
  static final int FREE_SHIFT = 32;

  /** Every slot but the header's, as idle bits. */
  static final long ALL_IDLE = (1L << SLOTS) - 2;

  private static final VarHandle WORD = JAVA_LONG.varHandle();
  private static final VarHandle BELL = JAVA_INT.varHandle();

  private SlabHeader() {}

  static void initialize(long slab, Lane lane, long doorbell) {
    ALL.set(JAVA_INT, slab + LANE, lane.code);
    ALL.set(JAVA_LONG, slab + DOORBELL, doorbell);
    WORD.setVolatile(ALL, slab + STATE, ALL_IDLE | ALL_IDLE << FREE_SHIFT);
  }

  static long slabOf(long block) {
    return block & -SLAB_BYTES;
  }

  static int slotOf(long block) {
    return (int) (block & (SLAB_BYTES - 1)) / (int) Block.BYTES;
  }

  static boolean isIn(Lane lane, long block) {
    return ALL.get(JAVA_INT, slabOf(block) + LANE) == lane.code;
  }

  static long state(long slab) {
    return (long) WORD.getVolatile(ALL, slab + STATE);
  }

  /** Claims the lowest free block: its address, or 0 if there is none. */
  static long claim(long slab) {
    for (; ; ) {
      long state = (long) WORD.getVolatile(ALL, slab + STATE);
      long free = state >>> FREE_SHIFT;
      if (free == 0) {
        return 0;
      }
      long idle = Long.lowestOneBit(free);
      if (WORD.weakCompareAndSet(ALL, slab + STATE, state, state & ~(idle | idle << FREE_SHIFT))) {
        return slab + Long.numberOfTrailingZeros(free) * Block.BYTES;
      }
    }
  }

  /** Claims the lowest free blocks, at most so many: their idle bits, or 0 if there are none. */
  static long claim(long slab, int most) {
    for (; ; ) {
      long state = (long) WORD.getVolatile(ALL, slab + STATE);
      long idle = lowest(state >>> FREE_SHIFT, most);
      if (idle == 0
          || WORD.weakCompareAndSet(
              ALL, slab + STATE, state, state & ~(idle | idle << FREE_SHIFT))) {
        return idle;
      }
    }
  }

  private static long lowest(long bits, int most) {
    return most >= Long.bitCount(bits) ? bits : Long.expand((1L << most) - 1, bits);
  }

  /** Gives a block back that nobody but the claimer has seen. */
  static void unclaim(long block) {
    long idle = 1L << slotOf(block);
    WORD.getAndBitwiseOr(ALL, slabOf(block) + STATE, idle | idle << FREE_SHIFT);
  }

  /** What a deleter does, in Java. Allocates nothing and cannot throw. */
  static void mark(long block) {
    long slab = slabOf(block);
    long idle = 1L << slotOf(block);
    if (((long) WORD.getAndBitwiseOr(ALL, slab + STATE, idle) & idle) == 0) {
      ring(ALL.get(JAVA_LONG, slab + DOORBELL));
    } else {
      WORD.getAndAdd(ALL, slab + DOUBLE_DELETES, 1L);
    }
  }

  /**
   * The reaper stores 1 and then looks at the state words; a deleter sets a state word and then
   * looks here. Both sequentially consistent: one of the two always sees the other.
   */
  static void ring(long doorbell) {
    if ((int) BELL.getVolatile(ALL, doorbell) != 0
        && (int) BELL.getAndSet(ALL, doorbell, 0) != 0
        && Futex.AVAILABLE) {
      Futex.wake(doorbell);
    }
  }

  static void setDoorbell(long doorbell, int sleeping) {
    BELL.setVolatile(ALL, doorbell, sleeping);
  }

  /** Whether nobody has rung since it was set. */
  static boolean isSet(long doorbell) {
    return (int) BELL.getVolatile(ALL, doorbell) != 0;
  }

  /** Idle bits of deleted blocks. */
  static long deleted(long state) {
    return state & ALL_IDLE & ~(state >>> FREE_SHIFT);
  }

  /** Idle bits of claimed blocks. */
  static long claimed(long state) {
    return ~state & ALL_IDLE;
  }

  /** Makes deleted blocks free. */
  static void free(long slab, long idleBits) {
    WORD.getAndBitwiseOr(ALL, slab + STATE, idleBits << FREE_SHIFT);
  }

  static long doubleDeletes(long slab) {
    return (long) WORD.getVolatile(ALL, slab + DOUBLE_DELETES);
  }
}
