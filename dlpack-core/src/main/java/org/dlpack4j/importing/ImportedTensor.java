package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.internal.LeakWatch;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A foreign managed tensor that is ours: its deleter is called exactly once, by {@link #close()},
 * unless {@link #transferOut()} or {@link #intoOwner()} passes that duty on.
 *
 * <p>A tensor is confined to the thread that adopted it, shared by all threads, or as long-lived as
 * an arena, as its importer was told. After its end its segments and elements throw {@link
 * IllegalStateException}, and never read memory that is gone.
 */
public abstract sealed class ImportedTensor implements AutoCloseable
    permits ConfinedTensor, SharedTensor, ScopedTensor {

  static final LeakWatch LEAKS =
      new LeakWatch("an imported tensor", "imported", "its producer's deleter is never called");

  static final int HELD = 0;
  static final int OUT = 1;
  static final int CLOSED = 2;
  static final int OWNED = 3;

  static final String[] STATES = {
    "held", "transferred out; whoever got it owns it", "closed", "turned into an owner"
  };

  private final long managed;
  private final long deleter;
  private final long firstElement;
  private final long lowAddress;
  private final long byteSize;
  private final long flags;
  private final DataType dataType;
  private final Device device;
  private final boolean readOnly;

  /** As {@link Snapshot#dimensions} gives them. */
  private final long[] dimensions;

  private @Nullable TensorView view;

  ImportedTensor(Examination examination, long[] dimensions) {
    Snapshot tensor = examination.tensor;
    Validation validation = examination.validation;
    this.dimensions = dimensions;
    managed = tensor.managed;
    deleter = tensor.deleter;
    flags = tensor.flags;
    dataType = tensor.dataType();
    device = tensor.device();
    readOnly = validation.isReadOnly();
    firstElement = validation.isEmpty() ? 0 : tensor.firstElement();
    lowAddress = firstElement + validation.lowByte();
    byteSize = validation.endByte() - validation.lowByte();
  }

  ImportedTensor(PlainVector vector, long[] dimensions) {
    this.dimensions = dimensions;
    managed = vector.managed;
    deleter = vector.deleter;
    flags = vector.flags;
    dataType = vector.dataType;
    device = Device.CPU;
    readOnly = vector.readOnly;
    firstElement = vector.firstElement;
    lowAddress = firstElement;
    byteSize = vector.byteSize();
  }

  /**
   * Ends it, if it is held, without calling the deleter.
   *
   * @return false if it was not held
   */
  abstract boolean leaveHeld(int next);

  /** What {@link #leaveHeld} left it in, or {@link #HELD}. */
  abstract int state();

  /** The bytes, whose lifetime is this tensor's. */
  abstract MemorySegment memory();

  /** Throws unless it is held and this thread may use it. */
  abstract void requireUsable();

  final long managed() {
    return managed;
  }

  final long deleter() {
    return deleter;
  }

  final int ndim() {
    return dimensions.length / 2;
  }

  final long shape(int axis) {
    return dimensions[axis];
  }

  final long stride(int axis) {
    return dimensions[ndim() + axis];
  }

  final DataType dataType() {
    return dataType;
  }

  final boolean isOnHost() {
    return device.isHostAccessible();
  }

  final boolean hasAddresses() {
    return device.hasAddresses();
  }

  final long lowAddress() {
    return lowAddress;
  }

  /** From the lowest element to the end of the highest one. */
  final long byteSize() {
    return byteSize;
  }

  /** A segment over the bytes that lives as long as an arena, which may do something at its end. */
  final MemorySegment memory(Arena arena, @Nullable Runnable atEnd) {
    return Memory.foreign(lowAddress, isOnHost() ? byteSize : 0, readOnly, arena, atEnd);
  }

  private void ended() {
    LEAKS.end(this, managed);
    ImportCounts.ended(1, byteSize);
  }

  final IllegalStateException notHeld() {
    return new IllegalStateException(
        "imported tensor: expected it to be held but found it " + STATES[state()]);
  }

  /**
   * The tensor as a description, such as for an export.
   *
   * @return a view that owns nothing
   * @throws IllegalStateException if the tensor is not held any more
   */
  public final TensorView view() {
    requireUsable();
    TensorView known = view;
    if (known == null) {
      known = new TensorView(firstElement, dataType, device, layout(), readOnly, isPadded());
      view = known;
    }
    return known;
  }

  private TensorLayout layout() {
    int ndim = ndim();
    return ndim == 1 && stride(0) == 1
        ? TensorLayout.contiguous(shape(0)) // most often, and made in half the time
        : TensorLayout.strided(
            Arrays.copyOf(dimensions, ndim),
            Arrays.copyOfRange(dimensions, ndim, dimensions.length));
  }

  /**
   * The flags that it came with.
   *
   * @return bits of {@link TensorFlags}, unknown ones included; 0 for a legacy tensor
   */
  public final long flags() {
    return flags;
  }

  /**
   * Whether it must not be written: its flags or its flavour say so, or its elements may overlap.
   *
   * @return whether {@link #segment()} is read-only
   */
  public final boolean isReadOnly() {
    return readOnly;
  }

  final boolean isPadded() {
    return (flags & TensorFlags.IS_SUBBYTE_TYPE_PADDED) != 0;
  }

  /**
   * The bytes from the lowest to the highest element, gaps included.
   *
   * @return a segment that lives as long as the tensor; of size 0 if there are no elements
   * @throws IllegalStateException if the tensor is not held any more
   * @throws UnsupportedOperationException if the CPU cannot read it
   */
  public final MemorySegment segment() {
    if (!isOnHost()) {
      throw new UnsupportedOperationException(
          "device: expected memory that the CPU may read but found "
              + device
              + "; have its own library copy it to the host");
    }
    requireUsable();
    return memory();
  }

  /**
   * Where element [0, …, 0] lies in {@link #segment()}.
   *
   * @return bytes; more than 0 where strides are negative
   */
  public final long firstElementOffset() {
    return firstElement - lowAddress;
  }

  /**
   * The elements, by index.
   *
   * @return access that lives as long as the tensor
   * @throws IllegalArgumentException if there are more numbers than a {@code long} can count, as
   *     there may be where many lanes are repeated by a stride of 0
   * @throws IllegalStateException if the tensor is not held any more
   * @throws UnsupportedOperationException if the CPU cannot read it
   */
  public final TensorElements elements() {
    return TensorElements.of(
        segment(), firstElementOffset(), dataType, view().layout(), isPadded());
  }

  /**
   * Gives the tensor away as it came: from now on the receiver calls its deleter, once.
   *
   * @return the pointer to the managed tensor, of the flavour that it was imported as
   * @throws IllegalStateException if it is not held any more, or in use by native code at the
   *     moment; nothing changes then
   * @throws WrongThreadException if it is confined to another thread; nothing changes then
   * @throws UnsupportedOperationException if it lives as long as an arena
   */
  public final MemorySegment transferOut() {
    if (!leaveHeld(OUT)) {
      throw notHeld();
    }
    ended();
    return MemorySegment.ofAddress(managed);
  }

  /**
   * Turns the tensor into what keeps its memory alive, for an export of {@link #view()} or of a
   * part of it. This tensor's segments end.
   *
   * @return an owner for one export, whose release calls the deleter; the caller's to release
   *     unless it is exported
   * @throws IllegalStateException if it is not held any more, or in use by native code at the
   *     moment; nothing changes then
   * @throws WrongThreadException if it is confined to another thread; nothing changes then
   * @throws UnsupportedOperationException if it lives as long as an arena
   */
  public final Owner intoOwner() {
    Owner owner = new ForeignOwner(managed, deleter, readOnly);
    if (!leaveHeld(OWNED)) {
      throw notHeld();
    }
    ended();
    return owner;
  }

  /**
   * Calls the deleter, unless the tensor was closed, given away or turned into an owner before.
   *
   * @throws IllegalStateException if it is in use by native code at the moment; it is still held
   * @throws WrongThreadException if it is confined to another thread; it is still held
   * @throws UnsupportedOperationException if it lives as long as an arena, which must be closed
   */
  @Override
  public final void close() {
    if (leaveHeld(CLOSED)) {
      ended();
      ForeignOwner.delete(managed, deleter);
    }
  }

  final String description() {
    return dataType + Arrays.toString(Arrays.copyOf(dimensions, ndim())) + " on " + device;
  }

  /** What it is, and its state. */
  @Override
  public final String toString() {
    return "imported tensor " + description() + ", " + STATES[state()];
  }
}
