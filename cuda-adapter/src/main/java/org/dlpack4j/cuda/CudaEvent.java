package org.dlpack4j.cuda;

import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.device.Handshake;

/**
 * An event of any library's, borrowed: what was queued on a stream before the event was recorded
 * there comes before whatever waits for it. To be recorded outside of captures.
 *
 * @param ordinal of its device
 * @param handle the library's {@code CUevent} or {@code cudaEvent_t}
 */
public record CudaEvent(int ordinal, long handle) {

  /**
   * Checks that there is such a device, and an event.
   *
   * @throws IllegalArgumentException if there is not
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public CudaEvent {
    Cuda.device(ordinal);
    if (handle == 0) {
      throw new IllegalArgumentException("event: expected a handle but found NULL");
    }
  }

  /**
   * Records it: from now on it stands for what is queued on a stream now.
   *
   * @param stream of its device, of whichever library
   * @throws CudaException if the driver refuses
   */
  public void record(DeviceStream stream) {
    try (var _ = Context.of(ordinal).enter()) {
      CudaException.call(CudaDriver.cuEventRecord, handle, Streams.handle(stream));
    }
  }

  /**
   * The handshake of a producer that has recorded it after its work.
   *
   * @return has the consumer's stream, of the same device, wait for it; with {@link
   *     DeviceStream#NONE} the calling thread
   */
  public Handshake handshake() {
    return consumer -> {
      try (var _ = Context.of(ordinal).enter()) {
        switch (consumer.kind()) {
          case READY -> {}
          case NONE -> CudaException.call(CudaDriver.cuEventSynchronize, handle);
          default ->
              CudaException.call(CudaDriver.cuStreamWaitEvent, Streams.handle(consumer), handle, 0);
        }
      }
    };
  }

  /**
   * Has memory of its device that is let go from now on released after what it stands for now: for
   * work in a stream that this module does not know, or of another device. Nobody waits, and it may
   * be recorded again or destroyed.
   *
   * @throws CudaException if the driver refuses
   */
  public void beforeReleases() {
    Context context = Context.of(ordinal);
    try (var _ = context.enter()) {
      CudaException.call(CudaDriver.cuStreamWaitEvent, context.waiting(), handle, 0);
    }
  }
}
