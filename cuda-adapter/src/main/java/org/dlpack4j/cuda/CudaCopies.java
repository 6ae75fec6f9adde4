package org.dlpack4j.cuda;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.dlpack4j.TensorView;
import org.dlpack4j.device.DeviceStream;

/**
 * Copies between main memory and devices, and between devices: only when asked for, and counted.
 */
public final class CudaCopies {

  private static final LongAdder COPIES = new LongAdder();
  private static final LongAdder BYTES = new LongAdder();

  private CudaCopies() {}

  /**
   * How much was copied.
   *
   * @param copies how many copies were queued
   * @param bytes how many bytes they have together
   */
  public record Statistics(long copies, long bytes) {}

  /**
   * Queues a copy of a tensor's elements. Neither this thread nor another stream waits for it. The
   * memory of both must stay until it is done, which a release of CUDA's memory sees to; main
   * memory that is not pinned must stay until the stream is synchronized.
   *
   * @param from any memory of CUDA, or main memory; without gaps
   * @param to any memory of CUDA, or main memory; of the same type and shape, writable, without
   *     gaps
   * @param ordinal of the device whose stream it is
   * @param stream where the copy is queued
   * @throws IllegalArgumentException if the two do not fit
   * @throws CudaException if the driver refuses
   */
  public static void copy(TensorView from, TensorView to, int ordinal, DeviceStream stream) {
    requireFit(from, to);
    long bytes = byteSize(from);
    if (bytes > 0) {
      copy(from.dataAddress(), to.dataAddress(), bytes, ordinal, stream);
    }
  }

  /**
   * Queues a copy of bytes into memory of ours.
   *
   * @param from in main memory, native; pinned, unless the caller leaves it as it is until the
   *     stream is synchronized
   * @param to at least as large
   * @param stream where the copy is queued
   * @throws IllegalArgumentException if it is on the heap, or too large
   * @throws CudaException if the driver refuses
   */
  public static void copy(MemorySegment from, CudaMemory to, DeviceStream stream) {
    if (!from.isNative() || from.byteSize() > to.byteSize()) {
      throw new IllegalArgumentException(
          "copy: expected at most %d native bytes but found %s".formatted(to.byteSize(), from));
    }
    if (from.byteSize() > 0) {
      copy(from.address(), to.address(), from.byteSize(), to.ordinal(), stream);
    }
  }

  /**
   * How much was copied.
   *
   * @return the numbers since the start
   */
  public static Statistics statistics() {
    return new Statistics(COPIES.sum(), BYTES.sum());
  }

  private static void copy(long from, long to, long bytes, int ordinal, DeviceStream stream) {
    try (var _ = Context.of(ordinal).enter()) {
      queue(from, to, bytes, Streams.handle(stream));
    }
  }

  /** Queues a copy on a stream whose context is current. */
  static void queue(long from, long to, long bytes, long stream) {
    CudaException.call(CudaDriver.cuMemcpyAsync, to, from, bytes, stream);
    COPIES.increment();
    BYTES.add(bytes);
  }

  private static void requireFit(TensorView from, TensorView to) {
    boolean fits =
        from.dataType().equals(to.dataType())
            && from.padded() == to.padded()
            && Arrays.equals(from.layout().shape(), to.layout().shape())
            && from.layout().isContiguous()
            && to.layout().isContiguous()
            && !to.readOnly();
    if (!fits) {
      throw new IllegalArgumentException(
          "copy: expected a writable tensor of the same type and shape, both without gaps, but"
              + " found"
              + " %s to %s".formatted(from, to));
    }
  }

  private static long byteSize(TensorView view) {
    int bits = view.dataType().strideBits(view.padded());
    return (view.layout().elementCount() * bits + Byte.SIZE - 1) / Byte.SIZE;
  }
}
