package org.dlpack4j.exporting;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.LeakWatch;
import org.dlpack4j.internal.NativeCalls;

/**
 * A managed tensor of ours that is ready to be given away. It holds the owner until the consumer
 * calls the deleter.
 *
 * <p>It is held, until exactly one of {@link #transferOut()}, {@link #intoOwner()} and {@link
 * #close()} ends that; safe to race for from several threads.
 */
public final class ExportedTensor implements AutoCloseable {

  private static final int HELD = 0;
  private static final int OUT = 1;
  private static final int CLOSED = 2;

  /** A bit beside the state: a field for it would cost every export eight bytes. */
  private static final int LEGACY = 4;

  static final LeakWatch LEAKS =
      new LeakWatch("an exported tensor", "exported", "it keeps its owner for ever");

  private static final AtomicIntegerFieldUpdater<ExportedTensor> STATE =
      AtomicIntegerFieldUpdater.newUpdater(ExportedTensor.class, "state");

  private final long block;

  private volatile int state;

  ExportedTensor(long block, Flavour flavour) {
    this.block = block;
    if (flavour == Flavour.LEGACY) { // else as it is: a volatile store would cost a fence
      state = HELD | LEGACY;
    }
  }

  /**
   * Which struct the pointer leads to.
   *
   * @return as it was exported
   */
  public Flavour flavour() {
    return (state & LEGACY) == 0 ? Flavour.VERSIONED : Flavour.LEGACY;
  }

  /**
   * Gives the tensor away: from now on the consumer calls its deleter, once, and this object has no
   * part in it.
   *
   * @return the pointer to the managed tensor, of the flavour that it was exported as
   * @throws IllegalStateException if it was given away or closed before; nothing changes then
   */
  public MemorySegment transferOut() {
    return MemorySegment.ofAddress(transferOutAddress());
  }

  /**
   * The same as {@link #transferOut()}, for callers that pass pointers as numbers.
   *
   * @return the address of the managed tensor
   * @throws IllegalStateException if it was given away or closed before; nothing changes then
   */
  public long transferOutAddress() {
    requireHeld(leaveHeld(OUT));
    return block;
  }

  /**
   * What was exported.
   *
   * @return a view of the tensor from its first element on, to be used while this is held
   * @throws IllegalStateException if it was given away or closed
   */
  public TensorView view() {
    requireHeld(isHeld());
    TensorView view = Block.read(block, flavour());
    requireHeld(isHeld()); // else it may have been read while it became another's
    return view;
  }

  /**
   * Turns the tensor into what keeps its memory alive, for an export of {@link #view()} or of a
   * part of it.
   *
   * @return an owner for one export, whose release deletes this tensor and waits for nobody; the
   *     caller's to release unless it is exported
   * @throws IllegalStateException if it was given away or closed before; nothing changes then
   */
  public Owner intoOwner() {
    Owner owner = new ExportOwner(this::delete, isReadOnly());
    requireHeld(leaveHeld(OUT));
    return owner;
  }

  private boolean isReadOnly() {
    return view().readOnly();
  }

  private boolean isHeld() {
    return (state & ~LEGACY) == HELD;
  }

  private void requireHeld(boolean held) {
    if (!held) {
      throw new IllegalStateException(
          "exported tensor: expected it to be held but found it "
              + ((state & ~LEGACY) == OUT ? "transferred out; the consumer owns it" : "closed"));
    }
  }

  private boolean leaveHeld(int next) {
    int held = HELD | (state & LEGACY);
    if (!STATE.compareAndSet(this, held, next | held)) {
      return false;
    }
    LEAKS.end(this, block);
    return true;
  }

  /**
   * Releases a tensor that was not given away, as its consumer would; the owner is released soon
   * after. Does nothing if it was given away or closed before.
   */
  @Override
  public void close() {
    if (leaveHeld(CLOSED)) {
      delete();
    }
  }

  private void delete() {
    if (SlabHeader.isIn(Lane.NATIVE, block)) {
      // Both flavours' native deleters are the same function but for the type of its parameter.
      NativeCalls.call(Exports.DELETERS.of(Flavour.VERSIONED, Lane.NATIVE), block);
    } else {
      SlabHeader.mark(block);
    }
  }

  /** The state and, while held, the address. */
  @Override
  public String toString() {
    return switch (state & ~LEGACY) {
      case HELD -> "exported tensor, held, at 0x" + Long.toHexString(block);
      case OUT -> "exported tensor, transferred out";
      default -> "exported tensor, closed";
    };
  }
}
