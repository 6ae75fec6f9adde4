package org.dlpack4j.device;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.UUID;
import org.dlpack4j.Device;

/**
 * What core needs of a kind of devices. Provided by the adapter for them, found by {@link
 * java.util.ServiceLoader}. Called by any thread; errors of the device are thrown as {@link
 * IllegalStateException}.
 *
 * <p>An implementation's constructor must not fail where the devices or their driver are missing:
 * it then serves none.
 */
public interface DeviceRuntime {

  /**
   * Whether this is the runtime for a device.
   *
   * @param device any
   * @return true if the device is there and the other methods work for it
   */
  boolean serves(Device device);

  /**
   * The stream on which the calling thread works, unless it says otherwise.
   *
   * @param device a served one
   * @return the stream
   */
  DeviceStream currentStream(Device device);

  /**
   * Has a stream wait for another one, without the calling thread waiting.
   *
   * @param device a served one
   * @param before what is queued there now comes first
   * @param after what is queued there from now on comes later
   * @throws IllegalArgumentException if the device has no such stream
   */
  void order(Device device, DeviceStream before, DeviceStream after);

  /**
   * Waits until a stream has done what is queued there now.
   *
   * @param device a served one
   * @param stream the stream
   * @throws IllegalArgumentException if the device has no such stream
   */
  void synchronize(Device device, DeviceStream stream);

  /**
   * Copies to main memory, and waits until that is done.
   *
   * @param device a served one
   * @param address where to copy from
   * @param target where to copy to; its size is how much
   * @param after what is queued there now comes first
   */
  void copyToHost(Device device, long address, MemorySegment target, DeviceStream after);

  /**
   * What the device's own library says about an address.
   *
   * @param address any
   * @return the memory that it is in; empty if that is none of the served devices'
   */
  Optional<DeviceMemory> locate(long address);

  /**
   * The device that has a name.
   *
   * @param uuid what it is called in every process
   * @return the device as this process knows it; empty if it is none of the served ones
   */
  default Optional<Device> find(UUID uuid) {
    return Optional.empty();
  }

  /**
   * How other processes can have the allocation that an address is in. Only memory of the runtime's
   * own: that of a library's pool has much in it that is nobody else's business.
   *
   * @param device a served one
   * @param address in its memory, which is kept by the caller meanwhile
   * @return the same for every address of an allocation; empty if it cannot leave the process
   */
  default Optional<DeviceShare> share(Device device, long address) {
    return Optional.empty();
  }

  /**
   * Says to those who have an allocation that what is queued now comes before what they do after:
   * its event is recorded behind all work of the device that the runtime knows. Without an event it
   * waits for that work.
   *
   * @param share of an allocation that is there
   */
  default void announce(DeviceShare share) {
    throw unsupported();
  }

  /**
   * Allocates memory that {@link #share} can name.
   *
   * @param device a served one
   * @param byteSize how much; at least 1
   * @return the memory, the caller's
   */
  default DeviceAllocation allocateShared(Device device, long byteSize) {
    throw unsupported();
  }

  /**
   * Copies within a device, after all its work that the runtime knows, and waits until that is
   * done.
   *
   * @param device a served one
   * @param from where to copy from
   * @param to where to copy to
   * @param byteSize how much
   */
  default void copy(Device device, long from, long to, long byteSize) {
    throw unsupported();
  }

  private UnsupportedOperationException unsupported() {
    return new UnsupportedOperationException(
        "runtime: expected one that shares memory with other processes but found "
            + getClass().getName()
            + "; copy the data to main memory first");
  }
}
