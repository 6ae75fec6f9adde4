package org.dlpack4j.copying;

import java.lang.foreign.Arena;
import java.util.function.BiFunction;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a tensor: row-major, in new memory that it owns, aligned to 64 bytes at least.
 *
 * <p>It is held until {@link #export()} gives the memory to a consumer or {@link #close()} frees
 * it; a copy that is dropped without either leaks. Safe for use by several threads.
 */
public final class TensorCopy implements AutoCloseable {

  private enum State {
    HELD,
    EXPORTED,
    CLOSED
  }

  /** So that their bytes are a long, whatever the type: none has more than 32. */
  private static final long MOST_ELEMENTS = 1L << 58;

  private final NewMemory memory;
  private final DataType dataType;
  private final TensorLayout layout;
  private final boolean padded;

  private State state = State.HELD;

  /** Of the segment that was given out, so that nobody reads it once the memory is another's. */
  private @Nullable Arena arena;

  private @Nullable TensorElements elements;

  TensorCopy(NewMemory memory, DataType dataType, TensorLayout layout, boolean padded) {
    this.memory = memory;
    this.dataType = dataType;
    this.layout = layout;
    this.padded = padded;
  }

  /**
   * A copy of nothing yet, for an adapter that puts it together of several parts.
   *
   * @param dataType of its elements
   * @param shape its sizes
   * @return the copy, whose elements are to be written; held by the caller
   * @throws OutOfMemoryError if there is no native memory
   */
  public static TensorCopy allocate(DataType dataType, long... shape) {
    return allocate(dataType, TensorLayout.contiguous(shape), false);
  }

  /** A copy to be written, like a tensor but for its layout. */
  static TensorCopy like(TensorElements tensor) {
    return allocate(
        tensor.dataType(), TensorLayout.contiguous(tensor.layout().shape()), tensor.isPadded());
  }

  private static TensorCopy allocate(DataType dataType, TensorLayout layout, boolean padded) {
    if (layout.elementCount() > MOST_ELEMENTS) {
      throw new OutOfMemoryError("expected a copy of at most 2^58 elements but found " + layout);
    }
    long bytes = dataType.storageBytes(layout.elementCount(), padded);
    return new TensorCopy(NewMemory.of(bytes), dataType, layout, padded);
  }

  /** What only this package may use, and only until this copy is anybody else's. */
  TensorElements unguarded() {
    return TensorElements.of(
        Memory.ALL.asSlice(memory.address(), memory.bytes()), 0, dataType, layout, padded);
  }

  /**
   * The elements of the copy.
   *
   * @return elements to read and write on any thread, until the copy is exported or closed; then
   *     they are refused as those of a closed arena
   * @throws IllegalStateException if it was exported or closed
   */
  public synchronized TensorElements elements() {
    requireHeld();
    if (elements == null) {
      // Only now: closing a shared arena costs more than many a copy.
      arena = Arena.ofShared();
      elements =
          TensorElements.of(
              Memory.within(memory.address(), memory.bytes(), arena), 0, dataType, layout, padded);
    }
    return elements;
  }

  /**
   * Where the copy is.
   *
   * @return a view, to be used until the copy is exported or closed
   * @throws IllegalStateException if it was exported or closed
   */
  public synchronized TensorView view() {
    requireHeld();
    return new TensorView(memory.address(), dataType, Device.CPU, layout, false, padded);
  }

  /**
   * Exports a {@code DLManagedTensorVersioned} over the copy, flagged as copied, as nobody else has
   * its memory. With the native shim the consumer's own thread frees it.
   *
   * @return the exported tensor, held by the caller; it owns the memory, and this object does no
   *     longer. If this throws, the copy is held as before, without the elements that were given
   *     out
   * @throws IllegalStateException if it was exported or closed, or its elements are being used by a
   *     native call
   * @throws OutOfMemoryError if there is no native memory
   */
  public synchronized ExportedTensor export() {
    return export(TensorExporter::export);
  }

  /**
   * Exports a {@code DLManagedTensor}, which cannot say that it is a copy.
   *
   * @return the exported tensor, held by the caller; as {@link #export()} in every other way
   * @throws IllegalArgumentException if the elements are padded
   * @throws IllegalStateException if it was exported or closed, or its elements are being used by a
   *     native call
   * @throws OutOfMemoryError if there is no native memory
   */
  public synchronized ExportedTensor exportLegacy() {
    return export(TensorExporter::exportLegacy);
  }

  private ExportedTensor export(BiFunction<TensorView, Owner, ExportedTensor> exporter) {
    TensorView view = view();
    endElements();
    ExportedTensor exported = exporter.apply(view, memory.owner());
    state = State.EXPORTED;
    return exported;
  }

  /**
   * Frees the memory if the copy was not exported. Calling it again does nothing.
   *
   * @throws IllegalStateException if its elements are being used by a native call; it is held then
   */
  @Override
  public synchronized void close() {
    if (state != State.HELD) {
      return;
    }
    endElements();
    state = State.CLOSED;
    memory.owner().release();
  }

  private void endElements() {
    if (arena != null) {
      arena.close();
      arena = null;
      elements = null;
    }
  }

  private void requireHeld() {
    if (state != State.HELD) {
      throw new IllegalStateException(
          "copy: expected it to be held but found it "
              + (state == State.EXPORTED ? "exported; the exported tensor owns it" : "closed"));
    }
  }

  /** The state and, while held, what it is. */
  @Override
  public synchronized String toString() {
    return switch (state) {
      case HELD -> "copy, held, of " + view();
      case EXPORTED -> "copy, exported";
      case CLOSED -> "copy, closed";
    };
  }
}
