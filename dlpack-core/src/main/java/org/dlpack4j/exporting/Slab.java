package org.dlpack4j.exporting;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Predicate;
import org.dlpack4j.NativeOwner;
import org.dlpack4j.Owner;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.OwnerKind;
import org.jspecify.annotations.Nullable;

/**
 * The Java part of a slab: the owners of its blocks.
 *
 * <p>A deleted block without an owner is in quarantine: it is made free only when the slab has no
 * free block left, and until then every further delete of it is recognized.
 */
final class Slab {

  /** A slab with fewer blocks to win is left to rest, so that no exporter comes back for each. */
  static final int WORTH_REFILLING = SlabHeader.SLOTS / 4;

  private static final VarHandle OWNERS = MethodHandles.arrayElementVarHandle(Owner[].class);
  private static final AtomicIntegerFieldUpdater<Slab> DRAINING =
      AtomicIntegerFieldUpdater.newUpdater(Slab.class, "draining");

  final long address;
  final Lane lane;
  private final @Nullable Owner[] owners = new Owner[SlabHeader.SLOTS];
  private final int[] births = new int[SlabHeader.SLOTS];

  /** Written by whoever is releasing. */
  private long releaseFailures;

  private long recordedDoubleDeletes;

  /** The owner that is being released, for those who wait for it. */
  private volatile @Nullable Owner releasing;

  @SuppressWarnings("UnusedVariable") // By DRAINING: 1 while a thread is releasing.
  private volatile int draining;

  Slab(long address, Lane lane, long doorbell) {
    this.address = address;
    this.lane = lane;
    SlabHeader.initialize(address, lane, doorbell);
  }

  long claim() {
    return SlabHeader.claim(address);
  }

  /**
   * Puts the owner of a claimed block in its place, before anyone can delete it.
   *
   * @param birth when it was exported, and as what
   */
  void own(long block, Owner owner, int birth) {
    int slot = SlabHeader.slotOf(block);
    births[slot] = birth;
    // The handover of the pointer publishes it: the deleter's atomic mark comes after that.
    owners[slot] = owner;
  }

  /**
   * Releases the owners of deleted blocks, and leaves the blocks in quarantine.
   *
   * @return how many; 0 also if another thread is at it
   */
  int drain() {
    if (SlabHeader.deleted(SlabHeader.state(address)) == 0
        || lane == Lane.NATIVE
        || !DRAINING.compareAndSet(this, 0, 1)) {
      return 0;
    }
    try {
      return release(SlabHeader.deleted(SlabHeader.state(address)));
    } finally {
      // Assignments, as a call may find no stack left.
      releasing = null;
      draining = 0;
    }
  }

  private int release(long deleted) {
    int released = 0;
    for (long bits = deleted; bits != 0; bits &= bits - 1) {
      int slot = Long.numberOfTrailingZeros(bits);
      Owner owner = owners[slot];
      if (owner != null) {
        // Forgotten first: where the stack ends in the middle of this, the release counts as
        // failed, and is never run twice.
        releasing = owner;
        owners[slot] = null;
        try {
          long together = Long.lowestOneBit(bits);
          if (owner instanceof TableOwner) {
            together |= forget(owner, bits);
          }
          if (Flight.AVAILABLE && ReleaseEvent.isOn()) {
            recordedRelease(owner, together);
          } else {
            release(owner, together);
          }
        } catch (Throwable e) {
          // Whatever it is, a stack overflow included: the thread belongs to somebody else.
          releaseFailures++;
          QuietLog.warn(
              "the release of an exported tensor's owner threw; its memory may leak", owner, e);
        }
        if (lane == Lane.BLOCKING) {
          Thread.interrupted(); // an interrupt of the reaper by this owner is not for the next one
        }
        released++;
      }
    }
    return released;
  }

  /** Takes an owner out of all these slots, as many of a table's tensors are deleted together. */
  @SuppressWarnings("ReferenceEquality") // An equal owner is another owner.
  private long forget(Owner owner, long idleBits) {
    long forgotten = 0;
    for (long bits = idleBits; bits != 0; bits &= bits - 1) {
      int slot = Long.numberOfTrailingZeros(bits);
      if (owners[slot] == owner) {
        owners[slot] = null;
        forgotten |= Long.lowestOneBit(bits);
      }
    }
    return forgotten;
  }

  private static void release(Owner owner, long together) {
    if (owner instanceof TableOwner table) {
      table.release(Long.bitCount(together));
    } else {
      owner.release();
    }
  }

  /** What is told of it is found out afterwards: if that fails, the owner has been released. */
  private void recordedRelease(Owner owner, long together) {
    ReleaseEvent event = ReleaseEvent.begun();
    try {
      release(owner, together);
      event.failed = false;
    } finally {
      event.end();
      for (long bits = together; bits != 0; bits &= bits - 1) {
        event.add(bytes(owner, Long.numberOfTrailingZeros(bits)));
      }
      event.commit(owner, births[Long.numberOfTrailingZeros(together)]);
    }
  }

  /**
   * Ends the quarantine of this slab, draining it first where exporters may.
   *
   * @return whether it is worth claiming from again
   */
  boolean refill() {
    if (lane == Lane.NATIVE) {
      return free() >= WORTH_REFILLING;
    }
    if (Long.bitCount(SlabHeader.state(address) & SlabHeader.ALL_IDLE) < WORTH_REFILLING
        || !DRAINING.compareAndSet(this, 0, 1)) {
      return false;
    }
    try {
      long deleted = SlabHeader.deleted(SlabHeader.state(address));
      if (lane == Lane.NON_BLOCKING) {
        release(deleted);
      } else {
        deleted &= ~withOwner(deleted);
      }
      SlabHeader.free(address, deleted);
      return free() >= WORTH_REFILLING;
    } finally {
      // Assignments, as a call may find no stack left.
      releasing = null;
      draining = 0;
    }
  }

  private int free() {
    return Long.bitCount(SlabHeader.state(address) >>> SlabHeader.FREE_SHIFT);
  }

  private long withOwner(long idleBits) {
    long with = 0;
    for (long bits = idleBits; bits != 0; bits &= bits - 1) {
      if (owners[Long.numberOfTrailingZeros(bits)] != null) {
        with |= Long.lowestOneBit(bits);
      }
    }
    return with;
  }

  /** Whether a drain would find something to release. */
  boolean needsDraining() {
    return lane != Lane.NATIVE && withOwner(SlabHeader.deleted(SlabHeader.state(address))) != 0;
  }

  /** Deleted blocks whose owners are still to be released, or being released. */
  int pending() {
    long deleted = SlabHeader.deleted(SlabHeader.state(address));
    return lane == Lane.NATIVE
        ? Long.bitCount(deleted)
        : Long.bitCount(withOwner(deleted)) + (releasing == null ? 0 : 1);
  }

  long releaseFailures() {
    return releaseFailures;
  }

  long doubleDeletes() {
    return SlabHeader.doubleDeletes(address);
  }

  /** Tells Flight Recorder of those that came since the last call; the reaper alone does. */
  void recordDoubleDeletes() {
    long now = doubleDeletes();
    if (now != recordedDoubleDeletes) {
      DoubleDeleteEvent.report(address, now - recordedDoubleDeletes);
      recordedDoubleDeletes = now;
    }
  }

  /** Blocks held or out with consumers. */
  int live() {
    return Long.bitCount(SlabHeader.claimed(SlabHeader.state(address)));
  }

  /**
   * Adds the blocks that are held or out with consumers. Exporters and consumers go on meanwhile:
   * what they change may be seen or not, and a block may be counted with another's bytes or age.
   */
  void count(Census census) {
    long claimed = SlabHeader.claimed(SlabHeader.state(address));
    for (long bits = claimed; bits != 0; bits &= bits - 1) {
      int slot = Long.numberOfTrailingZeros(bits);
      if (lane == Lane.NATIVE) {
        int birth = Block.nativeBirth(blockAt(slot));
        census.addNative(TensorBytes.of(blockAt(slot), Birth.flavour(birth)), birth);
      } else if (OWNERS.getAcquire(owners, slot) instanceof Owner owner) {
        census.add(owner, bytes(owner, slot), births[slot]);
      }
    }
  }

  private long bytes(Owner owner, int slot) {
    return owner instanceof SpilledOwner spilled
        ? spilled.bytes()
        : TensorBytes.of(blockAt(slot), Birth.flavour(births[slot]));
  }

  private long blockAt(int slot) {
    return address + slot * Block.BYTES;
  }

  /** Whether an export here has this owner and its release has not returned. */
  boolean holds(Owner wanted) {
    if (lane == Lane.NATIVE) {
      return wanted instanceof NativeOwner owner && holdsNatively(owner);
    }
    for (int slot = 1; slot < SlabHeader.SLOTS; slot++) {
      if (isOrWraps((Owner) OWNERS.getAcquire(owners, slot), wanted)) {
        return true;
      }
    }
    // Looked at last: it is set before the owner leaves its place above.
    return isOrWraps(releasing, wanted);
  }

  @SuppressWarnings("ReferenceEquality") // An equal owner is another owner.
  private static boolean isOrWraps(@Nullable Owner owner, Owner wanted) {
    return owner == wanted
        || (owner instanceof WrappingOwner wrapping && wrapping.owner() == wanted);
  }

  /** Adds the owners that satisfy a condition, or the owners within them that do. */
  void addHeld(Predicate<? super Owner> which, List<Owner> found) {
    for (int slot = 1; slot < SlabHeader.SLOTS; slot++) {
      addIf(which, (Owner) OWNERS.getAcquire(owners, slot), found);
    }
    // Looked at last, as above.
    addIf(which, releasing, found);
  }

  private static void addIf(
      Predicate<? super Owner> which, @Nullable Owner owner, List<Owner> found) {
    Object at = owner;
    while (at instanceof Owner candidate) {
      if (which.test(candidate)) {
        found.add(candidate);
        return;
      }
      at = candidate instanceof OwnerKind.Wrapping wrapping ? wrapping.wrapped() : null;
    }
  }

  private boolean holdsNatively(NativeOwner owner) {
    long unfree = SlabHeader.ALL_IDLE & ~(SlabHeader.state(address) >>> SlabHeader.FREE_SHIFT);
    for (long bits = unfree; bits != 0; bits &= bits - 1) {
      if (Block.hasNativeOwner(blockAt(Long.numberOfTrailingZeros(bits)), owner)) {
        return true;
      }
    }
    return false;
  }
}
