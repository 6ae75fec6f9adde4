package org.dlpack4j.memory;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Up to 63 blocks of one size, side by side in one segment. Its state is one word: a bit for each
 * free block, and one that says whether the span is <em>listed</em>, that is, whether threads can
 * find it: in exactly one place of its bin. A span without a free block loses that bit when its bin
 * drops it, and whoever frees a block of a span that is not listed has to list it.
 */
final class Span {

  static final int MAX_BLOCKS = 63;

  /** What {@link #claim} returns if there is no free block. */
  static final int NONE = -1;

  private static final long LISTED = 1L << MAX_BLOCKS;

  private static final VarHandle STATE;
  private static final VarHandle USED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      STATE = lookup.findVarHandle(Span.class, "state", long.class).withInvokeExactBehavior();
      USED = lookup.findVarHandle(Span.class, "used", long.class).withInvokeExactBehavior();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Chunk chunk;
  final Bin bin;
  final long address;
  private final long allFree;
  private volatile long state;

  /** Blocks that somebody may have written to. */
  @SuppressWarnings("UnusedVariable") // By USED.
  private volatile long used;

  /** When a block was last given back, on its pool's clock. Lost ticks do not matter. */
  long touched;

  /** One whose blocks are all free, and which its maker has to put into its bin. */
  Span(Chunk chunk, Bin bin, long address, int blocks, boolean fresh) {
    this.chunk = chunk;
    this.bin = bin;
    this.address = address;
    this.allFree = LISTED | ((LISTED - 1) >>> (MAX_BLOCKS - blocks));
    this.used = fresh ? 0 : -1;
    this.state = allFree;
  }

  /**
   * Takes a free block.
   *
   * @return its number, or {@link #NONE}
   */
  int claim() {
    for (; ; ) {
      long now = state;
      long free = now & ~LISTED;
      if (free == 0) {
        return NONE;
      }
      if (STATE.compareAndSet(this, now, now & ~Long.lowestOneBit(free))) {
        return Long.numberOfTrailingZeros(free);
      }
    }
  }

  /**
   * Makes a block free that the caller has claimed.
   *
   * @return whether the caller has to list the span
   */
  boolean free(int block) {
    long before = (long) STATE.getAndBitwiseOr(this, (1L << block) | LISTED);
    return (before & LISTED) == 0;
  }

  /**
   * Ends being listed.
   *
   * @return false if there is a free block; the span stays listed then
   */
  boolean unlist() {
    return STATE.compareAndSet(this, LISTED, 0L);
  }

  boolean isIdle() {
    return state == allFree;
  }

  /**
   * Takes all blocks at once, for ever. Only for whoever has taken the span out of its bin.
   *
   * @return false if some block is not free
   */
  boolean retire() {
    return STATE.compareAndSet(this, allFree, 0L);
  }

  /** How many blocks are claimed. */
  int live() {
    return Long.bitCount(allFree & ~state & ~LISTED);
  }

  /**
   * Whether nobody has had a block before, so that it is as the kernel gave it; now somebody has.
   */
  boolean isFirstUse(int block) {
    long bit = 1L << block;
    return ((long) USED.getAndBitwiseOr(this, bit) & bit) == 0;
  }

  MemorySegment memory(int block, long bytes) {
    SharedSegment segment = chunk.segment;
    return segment.memory().asSlice(addressOf(block) - segment.address(), bytes);
  }

  long addressOf(int block) {
    return address + block * bin.blockBytes;
  }
}
