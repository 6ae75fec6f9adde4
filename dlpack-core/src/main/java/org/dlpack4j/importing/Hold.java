package org.dlpack4j.importing;

import static org.dlpack4j.importing.ImportedTensor.HELD;

import java.lang.foreign.Arena;

/**
 * That something foreign is ours, until one of several ends of it. The arena decides who ends it:
 * of several closes one succeeds.
 */
final class Hold {

  final Arena arena;
  private volatile int state = HELD;

  Hold(Arena arena) {
    this.arena = arena;
  }

  boolean isHeld() {
    if (arena.scope().isAlive()) {
      return true;
    }
    awaitEnd();
    return false;
  }

  /** As {@link ImportedTensor#leaveHeld}. */
  boolean leave(int next) {
    try {
      arena.close();
    } catch (IllegalStateException e) {
      if (arena.scope().isAlive()) {
        throw e; // native code uses the memory
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

  int state() {
    return state;
  }
}
