package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** For every thread. The arena decides who ends it: of several closes one succeeds. */
final class SharedTensor extends ImportedTensor {

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private volatile int state = HELD;

  SharedTensor(Examination examination) {
    super(examination);
    this.memory = memory(arena, null);
    LEAKS.begin(this, managed());
  }

  @Override
  MemorySegment memory() {
    return memory;
  }

  @Override
  void requireUsable() {
    if (!arena.scope().isAlive()) {
      awaitEnd();
      throw notHeld();
    }
  }

  @Override
  boolean leaveHeld(int next) {
    try {
      arena.close();
    } catch (IllegalStateException e) {
      if (arena.scope().isAlive()) {
        throw e; // native code uses the segment
      }
      awaitEnd();
      return false;
    }
    state = next;
    return true;
  }

  /** Another thread closed the arena, and is about to say what for. */
  private void awaitEnd() {
    while (state == HELD) {
      Thread.onSpinWait();
    }
  }

  @Override
  int state() {
    return state;
  }
}
