package org.dlpack4j.device;

import org.dlpack4j.Device;

/**
 * Puts what a consumer does with a tensor after what its producer did. A producer gives it along
 * with the tensor; the consumer calls it with the stream that it is going to work on, before it
 * queues anything there.
 */
@FunctionalInterface
public interface Handshake {

  /** There is nothing to wait for. */
  Handshake READY = consumer -> {};

  /**
   * Has the consumer's stream wait for the producer.
   *
   * @param consumer what is queued there from now on comes after; with {@link DeviceStream#NONE}
   *     the calling thread waits itself, with {@link DeviceStream#READY} nobody does
   */
  void before(DeviceStream consumer);

  /**
   * The handshake of a producer that has queued its work on a stream.
   *
   * @param device whose stream it is
   * @param producer the stream; what is queued there before the handshake comes first
   * @return the handshake, by the runtime that serves the device
   * @throws UnsupportedOperationException if none does
   */
  static Handshake after(Device device, DeviceStream producer) {
    var runtime = DeviceRuntimes.of(device);
    return consumer -> {
      switch (consumer.kind()) {
        case READY -> {}
        case NONE -> runtime.synchronize(device, producer);
        default -> runtime.order(device, producer, consumer);
      }
    };
  }
}
