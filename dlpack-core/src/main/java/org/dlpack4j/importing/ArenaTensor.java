package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** As long-lived as an arena. */
final class ArenaTensor extends ScopedTensor {

  private final MemorySegment memory;

  private ArenaTensor(Examination examination, Arena arena) {
    super(examination, examination.tensor.dimensions(), arena.scope());
    // The last step: from here on the tensor is the arena's.
    this.memory = memory(arena, deletion(examination));
  }

  /** Adopted by the caller's arena, which calls the deleter when it closes. */
  static ArenaTensor adopted(Examination examination, Arena arena) {
    return new ArenaTensor(examination, arena);
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
}
