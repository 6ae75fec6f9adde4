package org.dlpack4j;

import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.internal.OwnerKind;

/** Closes an arena. Blocking: closing a shared arena shakes hands with every thread. */
@OwnerKind.Named("arena")
final class ArenaOwner implements Owner {

  private final Arena arena;
  private final AtomicBoolean taken = new AtomicBoolean();

  ArenaOwner(Arena arena) {
    if (isConfined(arena)) {
      throw new IllegalArgumentException(
          "arena: expected one that another thread may close but found a confined one;"
              + " use Arena.ofShared()");
    }
    this.arena = arena;
  }

  private static boolean isConfined(Arena arena) {
    try {
      // Only a confined arena's memory is closed to threads other than its own.
      return !arena.allocate(0).isAccessibleBy(new Thread(() -> {}));
    } catch (WrongThreadException e) {
      return true;
    }
  }

  @Override
  public void beginExport() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException(
          "owner: expected an arena that is open but found it closed; leave its end to the owner");
    }
    if (!taken.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "owner: expected an arena that no other export closes but found one exported already;"
              + " export several tensors over owner.shared()");
    }
  }

  @Override
  public void release() {
    try {
      arena.close();
    } catch (UnsupportedOperationException e) {
      // Automatic or global: being reachable until now was all that it needed.
      return;
    }
  }

  @Override
  public String toString() {
    return "Owner.closing(" + arena + ")";
  }
}
