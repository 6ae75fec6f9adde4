package org.dlpack4j.device;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.dlpack4j.Device;
import org.dlpack4j.internal.Memory;

/** Main memory, which has no streams: whoever returns has finished. */
final class CpuRuntime implements DeviceRuntime {

  @Override
  public boolean serves(Device device) {
    return device.equals(Device.CPU);
  }

  @Override
  public DeviceStream currentStream(Device device) {
    return DeviceStream.NONE;
  }

  @Override
  public void order(Device device, DeviceStream before, DeviceStream after) {
    requireNone(before);
    requireNone(after);
  }

  @Override
  public void synchronize(Device device, DeviceStream stream) {
    requireNone(stream);
  }

  @Override
  public void copyToHost(Device device, long address, MemorySegment target, DeviceStream after) {
    requireNone(after);
    MemorySegment.copy(Memory.ALL, address, target, 0, target.byteSize());
  }

  /** Nobody keeps a list of what main memory is allocated for. */
  @Override
  public Optional<DeviceMemory> locate(long address) {
    return Optional.empty();
  }

  private static void requireNone(DeviceStream stream) {
    if (stream.kind() != DeviceStream.Kind.NONE && stream.kind() != DeviceStream.Kind.READY) {
      throw new IllegalArgumentException(
          "stream: expected none, as main memory has none, but found " + stream);
    }
  }
}
