package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** As long-lived as an arena. */
final class ArenaTensor extends ImportedTensor {

  private final MemorySegment memory;

  private ArenaTensor(Examination examination, Arena arena, @Nullable Runnable atEnd) {
    super(examination);
    // The last step: from here on the tensor is the arena's, if that does something at its end.
    this.memory = memory(arena, atEnd);
  }

  /** Adopted by the caller's arena, which calls the deleter when it closes. */
  static ArenaTensor adopted(Examination examination, Arena arena) {
    return new ArenaTensor(examination, arena, deletion(examination));
  }

  /** Not adopted yet: whoever has the arena is going to see to the deleter. */
  static ArenaTensor within(Examination examination, Arena arena) {
    return new ArenaTensor(examination, arena, null);
  }

  /** Without a reference to the tensor, which would keep an automatic arena reachable for ever. */
  private static Runnable deletion(Examination examination) {
    long managed = examination.tensor.managed;
    long deleter = examination.tensor.deleter;
    long bytes = examination.spannedBytes();
    return () -> {
      ImportCounts.ended(1, bytes);
      ForeignOwner.delete(managed, deleter);
    };
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
            + " the table or the arena that it was adopted into; close that");
  }

  @Override
  int state() {
    return memory.scope().isAlive() ? HELD : CLOSED;
  }
}
