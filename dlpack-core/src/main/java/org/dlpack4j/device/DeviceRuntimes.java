package org.dlpack4j.device;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.UUID;
import org.dlpack4j.Device;

/** The runtimes of this process: one for main memory, and those that adapters bring. */
public final class DeviceRuntimes {

  private static final DeviceRuntime CPU = new CpuRuntime();

  private DeviceRuntimes() {}

  /**
   * The runtime that serves a device.
   *
   * @param device any
   * @return the runtime
   * @throws UnsupportedOperationException if there is none, with what to do
   */
  public static DeviceRuntime of(Device device) {
    return find(device)
        .orElseThrow(
            () ->
                new UnsupportedOperationException(
                    "device: expected one that is served but found "
                        + device
                        + "; put the adapter for such devices on the path, and see bin/doctor for"
                        + " what else they need"));
  }

  /**
   * The runtime that serves a device, if there is one.
   *
   * @param device any
   * @return the runtime
   */
  public static Optional<DeviceRuntime> find(Device device) {
    if (CPU.serves(device)) {
      return Optional.of(CPU);
    }
    return Adapters.ALL.stream().filter(runtime -> runtime.serves(device)).findFirst();
  }

  /**
   * The device that has a name in every process.
   *
   * @param uuid its name
   * @return the device as this process knows it; empty if no runtime serves it
   */
  public static Optional<Device> find(UUID uuid) {
    return Adapters.ALL.stream().flatMap(runtime -> runtime.find(uuid).stream()).findFirst();
  }

  /** Loaded when the first device but main memory is asked for. */
  private static final class Adapters {
    static final List<DeviceRuntime> ALL =
        ServiceLoader.load(DeviceRuntime.class, DeviceRuntime.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
  }
}
