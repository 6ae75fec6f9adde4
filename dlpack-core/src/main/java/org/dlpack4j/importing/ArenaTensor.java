package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** As long-lived as the caller's arena, which calls the deleter when it closes. */
final class ArenaTensor extends ImportedTensor {

  private final MemorySegment memory;

  ArenaTensor(Examination examination, Arena arena) {
    super(examination);
    // The last step: from here on the tensor is the arena's.
    this.memory = memory(arena, deletion(managed(), deleter()));
  }

  /** Without a reference to the tensor, which would keep an automatic arena reachable for ever. */
  private static Runnable deletion(long managed, long deleter) {
    return () -> ForeignOwner.delete(managed, deleter);
  }

  @Override
  MemorySegment memory() {
    return memory;
  }

  @Override
  void requireUsable() {
    if (!memory.scope().isAlive()) {
      throw notHeld();
    }
  }

  @Override
  boolean leaveHeld(int next) {
    throw new UnsupportedOperationException(
        "imported tensor: expected one with an end of its own but found one that lives as long as"
            + " the arena that it was adopted into; close that");
  }

  @Override
  int state() {
    return memory.scope().isAlive() ? HELD : CLOSED;
  }
}
