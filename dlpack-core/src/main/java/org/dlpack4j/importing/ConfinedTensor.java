package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Confined to the thread that adopted it, so that nothing here needs to be atomic. */
final class ConfinedTensor extends ImportedTensor {

  private final Thread thread = Thread.currentThread();
  private int state = HELD;

  // Made when first asked for: who only looks at shapes need not pay for them.
  private @Nullable Arena arena;
  private @Nullable MemorySegment memory;

  ConfinedTensor(Examination examination) {
    super(examination, examination.tensor.dimensions());
    LEAKS.begin(this, managed());
  }

  @Override
  MemorySegment memory() {
    MemorySegment made = memory;
    if (made == null) {
      Arena confined = Arena.ofConfined();
      made = memory(confined, null);
      arena = confined;
      memory = made;
    }
    return made;
  }

  @Override
  void requireUsable() {
    requireThread(thread);
    if (state != HELD) {
      throw notHeld();
    }
  }

  @SuppressWarnings("ReferenceEquality") // A thread equals none but itself.
  static void requireThread(Thread owner) {
    if (Thread.currentThread() != owner) {
      throw new WrongThreadException(
          "imported tensor: expected "
              + owner
              + ", which adopted it, but found "
              + Thread.currentThread()
              + "; adopt with TensorImporter.shared() for several threads");
    }
  }

  @Override
  boolean leaveHeld(int next) {
    requireThread(thread);
    if (state != HELD) {
      return false;
    }
    if (arena != null) {
      arena.close(); // throws while native code uses the segment, and then nothing has changed
    }
    state = next;
    return true;
  }

  @Override
  int state() {
    return state;
  }
}
