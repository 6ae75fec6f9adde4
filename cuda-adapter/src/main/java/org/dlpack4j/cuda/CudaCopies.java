package org.dlpack4j.cuda;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.dlpack4j.Device;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.CopyProgress;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.device.DeviceStream;
import org.jspecify.annotations.Nullable;

/**
 * Copies between main memory and devices, and between devices: only when asked for, and counted.
 * Both sides are checked with the driver. The target must be writable and have a place of its own
 * for every element, and be in other memory than the source.
 *
 * <p>What is <em>queued</em> nobody waits for: the next work on the stream comes after it, other
 * streams need a {@link org.dlpack4j.device.Handshake}. Main memory that is not pinned cannot be
 * queued. Whatever is <em>copied</em> is there when the method returns; the calling thread waits
 * for it, and large main memory that is not pinned goes by way of pinned buffers. A copy that
 * throws may have written some of the target.
 *
 * <p>Of layouts with gaps the driver copies rows at one distance. Where that is not enough a copy
 * is refused, as nothing here runs code on a device.
 */
public final class CudaCopies {

  private static final LongAdder COPIES = new LongAdder();
  private static final LongAdder BYTES = new LongAdder();

  private CudaCopies() {}

  /**
   * How much was copied.
   *
   * @param copies how many copies were made or queued
   * @param bytes how many bytes they have together
   */
  public record Statistics(long copies, long bytes) {}

  /**
   * Queues a copy of all elements. The memory of both must stay until it is done, which a release
   * of CUDA's memory sees to, but in a captured stream: there it must stay as long as the graph.
   *
   * @param from memory of a device, managed or pinned memory
   * @param to the same; of the same type and shape
   * @param ordinal of the device whose stream it is
   * @param stream where the copy is queued
   * @throws IllegalArgumentException if the two do not fit, or one is in memory that is not pinned
   * @throws CudaException if the driver refuses
   */
  public static void queue(TensorView from, TensorView to, int ordinal, DeviceStream stream) {
    CopyPlan plan = CopyPlan.of(from, to);
    if (plan.mainMemory() != CopyPlan.Side.NEITHER) {
      throw new IllegalArgumentException(
          "queue: expected memory of CUDA's, pinned for one, but found %s to %s; copy() waits"
              .formatted(from, to));
    }
    Context context = Context.of(ordinal);
    long handle = Streams.handle(stream);
    try (var _ = context.enter()) {
      try {
        plan.rectangles().forEach(rectangle -> rectangle.queue(handle));
      } finally {
        plan.ordinals()
            .filter(other -> other != ordinal)
            .forEach(other -> Streams.holdReleases(context, handle, other));
      }
    }
    count(plan.bytes());
  }

  /**
   * Queues a copy to new memory, row-major.
   *
   * @param from memory of a device, managed or pinned memory
   * @param to where the new memory is: a device, managed or pinned memory
   * @param ordinal of the device whose stream it is
   * @param stream where the copy is queued; a consumer's stream must wait for it
   * @return the copy, to be exported or closed by the caller; nothing is left behind if this throws
   * @throws IllegalArgumentException if the source is in memory that is not pinned, or its layout
   *     needs more than the driver does
   * @throws CudaException if the driver refuses
   */
  public static CudaCopy queueContiguous(
      TensorView from, Device to, int ordinal, DeviceStream stream) {
    return newCopy(from, to, ordinal, copy -> queue(from, copy, ordinal, stream));
  }

  /**
   * Copies all elements.
   *
   * @param from any memory of CUDA's, or main memory
   * @param to the same; of the same type and shape; one of both is CUDA's
   * @param ordinal of the device whose stream it is
   * @param stream what is queued there now comes first
   * @throws IllegalArgumentException if the two do not fit
   * @throws CudaException if the driver refuses
   */
  public static void copy(TensorView from, TensorView to, int ordinal, DeviceStream stream) {
    copied(from, to, ordinal, stream, null);
  }

  /**
   * Copies all elements and tells how far it is.
   *
   * @param from any memory of CUDA's, or main memory
   * @param to the same; of the same type and shape; one of both is CUDA's
   * @param ordinal of the device whose stream it is
   * @param stream what is queued there now comes first
   * @param progress who is told, on this thread; the device works on meanwhile
   * @throws IllegalArgumentException if the two do not fit
   * @throws CudaException if the driver refuses
   */
  public static void copy(
      TensorView from, TensorView to, int ordinal, DeviceStream stream, CopyProgress progress) {
    copied(from, to, ordinal, stream, progress);
  }

  /**
   * Copies all elements to new memory, row-major.
   *
   * @param from any memory of CUDA's, or main memory
   * @param to where the new memory is: a device, managed or pinned memory
   * @param ordinal of the device whose stream it is
   * @param stream what is queued there now comes first
   * @return the copy, to be exported or closed by the caller; nothing is left behind if this throws
   * @throws IllegalArgumentException if the layout needs more than the driver does
   * @throws CudaException if the driver refuses
   */
  public static CudaCopy contiguous(TensorView from, Device to, int ordinal, DeviceStream stream) {
    return newCopy(from, to, ordinal, copy -> copied(from, copy, ordinal, stream, null));
  }

  /**
   * Copies all elements to new memory, row-major, and tells how far it is.
   *
   * @param from any memory of CUDA's, or main memory
   * @param to where the new memory is: a device, managed or pinned memory
   * @param ordinal of the device whose stream it is
   * @param stream what is queued there now comes first
   * @param progress who is told, on this thread; the device works on meanwhile
   * @return the copy, to be exported or closed by the caller; nothing is left behind if this throws
   * @throws IllegalArgumentException if the layout needs more than the driver does
   * @throws CudaException if the driver refuses
   */
  public static CudaCopy contiguous(
      TensorView from, Device to, int ordinal, DeviceStream stream, CopyProgress progress) {
    return newCopy(from, to, ordinal, copy -> copied(from, copy, ordinal, stream, progress));
  }

  /**
   * Copies all elements to new main memory that is not pinned, row-major.
   *
   * @param from any memory of CUDA's, not padded
   * @param ordinal of the device whose stream it is
   * @param stream what is queued there now comes first
   * @return the copy, to be exported or closed by the caller; nothing is left behind if this throws
   * @throws IllegalArgumentException if the elements are padded, or the layout needs more than the
   *     driver does
   * @throws CudaException if the driver refuses
   */
  public static TensorCopy toMainMemory(TensorView from, int ordinal, DeviceStream stream) {
    return toMain(from, ordinal, stream, null);
  }

  /**
   * Copies all elements to new main memory that is not pinned, row-major, and tells how far it is.
   *
   * @param from any memory of CUDA's, not padded
   * @param ordinal of the device whose stream it is
   * @param stream what is queued there now comes first
   * @param progress who is told, on this thread; the device works on meanwhile
   * @return the copy, to be exported or closed by the caller; nothing is left behind if this throws
   * @throws IllegalArgumentException if the elements are padded, or the layout needs more than the
   *     driver does
   * @throws CudaException if the driver refuses
   */
  public static TensorCopy toMainMemory(
      TensorView from, int ordinal, DeviceStream stream, CopyProgress progress) {
    return toMain(from, ordinal, stream, progress);
  }

  /**
   * How much was copied.
   *
   * @return the numbers since the start
   */
  public static Statistics statistics() {
    return new Statistics(COPIES.sum(), BYTES.sum());
  }

  private static void copied(
      TensorView from,
      TensorView to,
      int ordinal,
      DeviceStream stream,
      @Nullable CopyProgress progress) {
    CopyPlan plan = CopyPlan.of(from, to);
    Context context = Context.of(ordinal);
    long handle = Streams.handle(stream);
    try (var _ = context.enter()) {
      if (Marks.captureError(handle) != 0) {
        throw new IllegalStateException(
            "copy: expected a stream that is not captured, as this thread waits for it, but found %s;"
                    .formatted(stream)
                + " queue() becomes part of the capture");
      }
      new StagedCopy(plan, context, handle, progress).run();
    }
    count(plan.bytes());
  }

  private static CudaCopy newCopy(
      TensorView from, Device to, int ordinal, Consumer<TensorView> writer) {
    CudaCopy copy = CudaCopy.like(from, to, ordinal);
    try {
      writer.accept(copy.view());
      return copy;
    } catch (Throwable e) {
      copy.close();
      throw e;
    }
  }

  private static TensorCopy toMain(
      TensorView from, int ordinal, DeviceStream stream, @Nullable CopyProgress progress) {
    TensorCopy copy = TensorCopy.allocate(from.dataType(), from.layout().shape());
    try {
      copied(from, copy.view(), ordinal, stream, progress);
      return copy;
    } catch (Throwable e) {
      copy.close();
      throw e;
    }
  }

  /** Queues a copy of bytes on a stream whose context is current. */
  static void queueBytes(long from, long to, long bytes, long stream) {
    CudaException.call(CudaDriver.cuMemcpyAsync, to, from, bytes, stream);
    count(bytes);
  }

  private static void count(long bytes) {
    COPIES.increment();
    BYTES.add(bytes);
  }
}
