package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.device.DeviceStream;

/**
 * A stream that releases wait for: memory that is let go is freed after the work that was queued
 * here before. Streams that wait for the legacy default, as most do, need no such object; those
 * that do not wait for it, such as PyTorch's and JAX's, are known only by one. Any thread.
 */
public final class CudaStream implements AutoCloseable {

  private static final int CU_STREAM_NON_BLOCKING = 1;

  private final int ordinal;
  private final DeviceStream stream;
  private final boolean own;
  private final AtomicBoolean closed = new AtomicBoolean();

  private CudaStream(int ordinal, DeviceStream stream, boolean own) {
    this.ordinal = ordinal;
    this.stream = stream;
    this.own = own;
    Streams.addNonBlocking(ordinal, stream.handle());
  }

  /**
   * Makes a stream that does not wait for the legacy default.
   *
   * @param ordinal of the device
   * @return the stream, to be closed by the caller
   * @throws CudaException if the driver refuses
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public static CudaStream create(int ordinal) {
    try (var _ = Context.of(ordinal).enter();
        Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      CudaException.call(CudaDriver.cuStreamCreate, out.address(), CU_STREAM_NON_BLOCKING);
      return new CudaStream(ordinal, DeviceStream.of(out.get(JAVA_LONG, 0)), true);
    }
  }

  /**
   * Names another library's stream that does not wait for the legacy default.
   *
   * @param ordinal of the device
   * @param handle the library's {@code CUstream} or {@code cudaStream_t}; it stays the library's,
   *     and must live until this is closed
   * @return the stream, to be closed by the caller
   * @throws IllegalArgumentException if it is NULL, which is no such stream
   */
  public static CudaStream of(int ordinal, long handle) {
    return new CudaStream(Cuda.device(ordinal).ordinal(), DeviceStream.of(handle), false);
  }

  /**
   * The stream for handshakes.
   *
   * @return the stream
   */
  public DeviceStream stream() {
    return stream;
  }

  /**
   * Waits until what is queued now is done.
   *
   * @throws CudaException if any of it failed
   */
  public void synchronize() {
    CudaRuntime.synchronize(ordinal, stream);
  }

  /**
   * Forgets the stream, also if it throws; one that was made here is destroyed when its work is
   * done. Memory that is let go later waits for the work that is queued here now, as the legacy
   * default does.
   *
   * @throws CudaException if the driver refuses, as during a capture
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try (var _ = Context.of(ordinal).enter()) {
      // What is let go from now on must come after the work here all the same.
      Streams.order(Context.of(ordinal), stream.handle(), Streams.LEGACY);
    } finally {
      Streams.removeNonBlocking(ordinal, stream.handle(), this::destroyOwn);
    }
  }

  private void destroyOwn() {
    if (own) {
      try (var _ = Context.of(ordinal).enter()) {
        CudaException.call(CudaDriver.cuStreamDestroy_v2, stream.handle());
      }
    }
  }

  /** The device and the handle. */
  @Override
  public String toString() {
    return "cuda:" + ordinal + " " + stream;
  }
}
