package org.dlpack4j.device;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
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
}
