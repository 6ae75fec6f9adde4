package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** For every thread. */
final class SharedTensor extends ImportedTensor {

  private final Hold hold = new Hold(Arena.ofShared());
  private final MemorySegment memory;

  SharedTensor(Examination examination) {
    super(examination, examination.tensor.dimensions());
    this.memory = memory(hold.arena, null);
    LEAKS.begin(this, managed());
  }

  @Override
  MemorySegment memory() {
    return memory;
  }

  @Override
  void requireUsable() {
    if (!hold.isHeld()) {
      throw notHeld();
    }
  }

  @Override
  boolean leaveHeld(int next) {
    return hold.leave(next);
  }

  @Override
  int state() {
    return hold.state();
  }
}
