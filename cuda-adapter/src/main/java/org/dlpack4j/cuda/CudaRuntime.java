package org.dlpack4j.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.UUID;
import org.dlpack4j.Device;
import org.dlpack4j.device.DeviceAllocation;
import org.dlpack4j.device.DeviceMemory;
import org.dlpack4j.device.DeviceRuntime;
import org.dlpack4j.device.DeviceShare;
import org.dlpack4j.device.DeviceStream;

/** CUDA's devices, found by core's {@link org.dlpack4j.device.DeviceRuntimes}. */
public final class CudaRuntime implements DeviceRuntime {

  /** For {@link java.util.ServiceLoader}; touches nothing. */
  public CudaRuntime() {}

  /** Whether there is CUDA and, but for pinned memory, which is of no device, such a device. */
  @Override
  public boolean serves(Device device) {
    return switch (device.type()) {
      case Device.Type.CUDA, Device.Type.CUDA_MANAGED ->
          device.id() >= 0 && device.id() < Cuda.devices().size();
      case Device.Type.CUDA_HOST -> Cuda.isAvailable();
      default -> false;
    };
  }

  /** The legacy default, as the driver keeps none per thread. */
  @Override
  public DeviceStream currentStream(Device device) {
    return DeviceStream.LEGACY_DEFAULT;
  }

  @Override
  public void order(Device device, DeviceStream before, DeviceStream after) {
    Context context = Context.of(ordinal(device));
    try (var _ = context.enter()) {
      Streams.order(context, Streams.handle(before), Streams.handle(after));
    }
  }

  @Override
  public void synchronize(Device device, DeviceStream stream) {
    synchronize(ordinal(device), stream);
  }

  static void synchronize(int ordinal, DeviceStream stream) {
    try (var _ = Context.of(ordinal).enter()) {
      CudaException.call(CudaDriver.cuStreamSynchronize, Streams.handle(stream));
    }
  }

  @Override
  public void copyToHost(Device device, long address, MemorySegment target, DeviceStream after) {
    if (!target.isNative()) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment copy = arena.allocate(Math.max(1, target.byteSize()));
        copyToHost(device, address, copy.asSlice(0, target.byteSize()), after);
        target.copyFrom(copy);
        return;
      }
    }
    // Nothing is queued on a default of one's own thread, unless its program does so.
    DeviceStream stream =
        after.kind() == DeviceStream.Kind.READY ? DeviceStream.PER_THREAD_DEFAULT : after;
    try (var _ = Context.of(ordinal(device)).enter()) {
      CudaException.call(
          CudaDriver.cuMemcpyAsync,
          target.address(),
          address,
          target.byteSize(),
          Streams.handle(stream));
      CudaException.call(CudaDriver.cuStreamSynchronize, Streams.handle(stream));
    }
  }

  @Override
  public Optional<DeviceMemory> locate(long address) {
    return Cuda.isAvailable() ? Pointers.locate(address) : Optional.empty();
  }

  @Override
  public Optional<Device> find(UUID uuid) {
    return Cuda.devices().stream()
        .filter(device -> device.uuid().equals(uuid))
        .map(CudaDevice::device)
        .findFirst();
  }

  /** Memory of {@link CudaMemory#allocateShared} and {@link CudaMemory#allocate}. */
  @Override
  public Optional<DeviceShare> share(Device device, long address) {
    return CudaMemory.at(address).flatMap(CudaMemory::sharing).map(Sharing::share);
  }

  @Override
  public void announce(DeviceShare share) {
    CudaMemory.at(share.base()).flatMap(CudaMemory::sharing).orElseThrow().announce();
  }

  @Override
  public DeviceAllocation allocateShared(Device device, long byteSize) {
    CudaMemory memory = CudaMemory.allocateShared(ordinal(device), byteSize);
    return new DeviceAllocation(memory.device(), memory.address(), byteSize, memory);
  }

  @Override
  public void copy(Device device, long from, long to, long byteSize) {
    int ordinal = ordinal(device);
    try (var _ = Context.of(ordinal).enter()) {
      long stream = Gathering.stream(ordinal);
      CudaCopies.queueBytes(from, to, byteSize, stream);
      CudaException.call(CudaDriver.cuStreamSynchronize, stream);
    }
  }

  /** Pinned memory is reached from every device; its work is queued on the first. */
  private static int ordinal(Device device) {
    return device.type() == Device.Type.CUDA_HOST ? 0 : device.id();
  }
}
