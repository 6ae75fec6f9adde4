package org.dlpack4j.cuda;

import java.util.function.BiFunction;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TensorExporter;

/**
 * A copy of a tensor: row-major, in new memory of CUDA's that it owns. As {@link
 * org.dlpack4j.copying.TensorCopy} is in main memory.
 *
 * <p>It is held until {@link #export()} gives the memory to a consumer or {@link #close()} frees
 * it; a copy that is dropped without either leaks. Any thread.
 */
public final class CudaCopy implements AutoCloseable {

  private enum State {
    HELD,
    EXPORTED,
    CLOSED
  }

  private final CudaMemory memory;
  private final TensorView view;

  private State state = State.HELD;

  private CudaCopy(CudaMemory memory, TensorView view) {
    this.memory = memory;
    this.view = view;
  }

  /** A copy of nothing yet, like a tensor but for its layout. */
  static CudaCopy like(TensorView from, Device device, int ordinal) {
    long[] shape = from.layout().shape();
    DataType dataType = from.dataType();
    long bytes = dataType.storageBytes(from.layout().elementCount(), from.padded());
    CudaMemory memory = allocate(device, ordinal, Math.max(bytes, 1));
    TensorLayout layout = TensorLayout.contiguous(shape);
    return new CudaCopy(
        memory,
        new TensorView(memory.address(), dataType, memory.device(), layout, false, from.padded()));
  }

  private static CudaMemory allocate(Device device, int ordinal, long bytes) {
    return switch (device.type()) {
      case Device.Type.CUDA -> CudaMemory.allocate(device.id(), bytes);
      case Device.Type.CUDA_MANAGED -> CudaMemory.allocateManaged(ordinal, bytes);
      case Device.Type.CUDA_HOST -> CudaMemory.allocatePinned(bytes);
      default ->
          throw new IllegalArgumentException(
              "device: expected one of CUDA's, pinned or managed memory, but found %s;"
                      .formatted(device)
                  + " CudaCopies.toMainMemory copies to what is not pinned");
    };
  }

  /**
   * Where the copy is.
   *
   * @return a view, to be used until the copy is exported or closed
   * @throws IllegalStateException if it was exported or closed
   */
  public synchronized TensorView view() {
    if (state != State.HELD) {
      throw new IllegalStateException(
          "copy: expected it to be held but found it "
              + (state == State.EXPORTED ? "exported; the exported tensor owns it" : "closed"));
    }
    return view;
  }

  /**
   * Exports a {@code DLManagedTensorVersioned} over the copy, flagged as copied, as nobody else has
   * its memory.
   *
   * @return the exported tensor, held by the caller; it owns the memory, and this object does no
   *     longer. If this throws, the copy is held as before
   * @throws IllegalStateException if it was exported or closed
   * @throws OutOfMemoryError if there is no native memory
   */
  public ExportedTensor export() {
    return export(TensorExporter::export);
  }

  /**
   * Exports a {@code DLManagedTensor}, which cannot say that it is a copy.
   *
   * @return the exported tensor, held by the caller; as {@link #export()} in every other way
   * @throws IllegalArgumentException if the elements are padded
   * @throws IllegalStateException if it was exported or closed
   * @throws OutOfMemoryError if there is no native memory
   */
  public ExportedTensor exportLegacy() {
    return export(TensorExporter::exportLegacy);
  }

  private synchronized ExportedTensor export(
      BiFunction<TensorView, Owner, ExportedTensor> exporter) {
    ExportedTensor exported = exporter.apply(view(), memory.releasing(ReleasePolicy.EVENTS, true));
    state = State.EXPORTED;
    return exported;
  }

  /**
   * Frees the memory if the copy was not exported, once it is made. Calling it again does nothing.
   */
  @Override
  public synchronized void close() {
    if (state == State.HELD) {
      state = State.CLOSED;
      memory.close();
    }
  }

  /** The state and, while held, what it is. */
  @Override
  public synchronized String toString() {
    return switch (state) {
      case HELD -> "copy, held, of " + view;
      case EXPORTED -> "copy, exported";
      case CLOSED -> "copy, closed";
    };
  }
}
