package org.dlpack4j.arrow.cdata;

import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.SystemCalls;

/** Pieces of memory that each end where a page begins that faults when it is touched. Of Linux. */
final class GuardedMemory {

  private static final long PAGE = 4096;
  private static final long PIECE = 4 * PAGE;
  private static final int PIECES = 500;

  private static final int PROT_NONE = 0;
  private static final int PROT_READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int FIXED = 0x10;

  private static final long BASE = map();

  private int used;

  private static long map() {
    long bytes = PIECES * (PIECE + PAGE);
    long base = SystemCalls.mmap(0, bytes, PROT_READ_WRITE, PRIVATE_ANONYMOUS, -1);
    for (int i = 0; i < PIECES; i++) {
      long guard = base + i * (PIECE + PAGE) + PIECE;
      if (SystemCalls.mmap(guard, PAGE, PROT_NONE, PRIVATE_ANONYMOUS | FIXED, -1) != guard) {
        throw new AssertionError("mmap is expected to work");
      }
    }
    return base;
  }

  /** Zeros, with nothing behind them. */
  long allocate(long bytes) {
    if (bytes > PIECE || used == PIECES) {
      throw new AssertionError("expected less than " + PIECES + " pieces of " + PIECE);
    }
    long end = BASE + used * (PIECE + PAGE) + PIECE;
    used++;
    Memory.zero(end - bytes, bytes);
    return end - bytes;
  }

  /** From here on all pieces may be given again. */
  void reset() {
    used = 0;
  }
}
