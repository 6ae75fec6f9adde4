package org.dlpack4j.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.dlpack4j.Device;

/**
 * Devices of the kind for extensions that write down what they are asked to do. Each device has
 * memory of its own, at addresses that mean nothing to the CPU; a test takes a device for itself.
 */
public final class RecordingRuntime implements DeviceRuntime {

  private static final Map<Device, List<String>> RECORDS = new ConcurrentHashMap<>();
  private static final ConcurrentSkipListMap<Long, Allocation> MEMORY =
      new ConcurrentSkipListMap<>();

  private record Allocation(Device device, MemorySegment bytes) {}

  /** For the service loader. */
  public RecordingRuntime() {}

  /** A device that this runtime serves from now on, with nothing in its records. */
  static Device newDevice(int id) {
    Device device = new Device(Device.Type.EXT_DEV, id);
    RECORDS.put(device, new ArrayList<>());
    return device;
  }

  /** Puts memory on a device: from there on the address leads to these bytes. */
  static void put(Device device, long address, MemorySegment bytes) {
    MEMORY.put(address, new Allocation(device, bytes));
  }

  /** What a device was asked to do, in order. */
  static List<String> records(Device device) {
    return List.copyOf(RECORDS.getOrDefault(device, List.of()));
  }

  private static void record(Device device, String what) {
    RECORDS.computeIfPresent(
        device,
        (_, records) -> {
          records.add(what);
          return records;
        });
  }

  @Override
  public boolean serves(Device device) {
    return RECORDS.containsKey(device);
  }

  @Override
  public DeviceStream currentStream(Device device) {
    return DeviceStream.of(0x10 + device.id());
  }

  @Override
  public void order(Device device, DeviceStream before, DeviceStream after) {
    record(device, after + " waits for " + before);
  }

  @Override
  public void synchronize(Device device, DeviceStream stream) {
    record(device, "host waits for " + stream);
  }

  @Override
  public void copyToHost(Device device, long address, MemorySegment target, DeviceStream after) {
    record(device, "copy of " + target.byteSize() + " bytes after " + after);
    Map.Entry<Long, Allocation> entry = MEMORY.floorEntry(address);
    MemorySegment bytes = entry.getValue().bytes();
    target.copyFrom(bytes.asSlice(address - entry.getKey(), target.byteSize()));
  }

  @Override
  public Optional<DeviceMemory> locate(long address) {
    return Optional.ofNullable(MEMORY.floorEntry(address))
        .filter(entry -> address - entry.getKey() < entry.getValue().bytes().byteSize())
        .map(
            entry ->
                new DeviceMemory(
                    entry.getValue().device(),
                    entry.getKey(),
                    entry.getValue().bytes().byteSize()));
  }
}
