package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.dlpack4j.Device;
import org.dlpack4j.device.DeviceMemory;

/** What the driver says about addresses. */
final class Pointers {

  // CUpointer_attribute, and CUmemorytype.
  private static final MemorySegment ATTRIBUTES =
      Arena.global().allocateFrom(JAVA_INT, 2, 8, 9, 11, 12);
  private static final int COUNT = 5;
  private static final int MEMORY_TYPE = 0;
  private static final int IS_MANAGED = 1;
  private static final int DEVICE_ORDINAL = 2;
  private static final int RANGE_START = 3;
  private static final int RANGE_SIZE = 4;
  private static final int HOST = 1;
  private static final int DEVICE = 2;
  private static final int UNIFIED = 4;

  private Pointers() {}

  /** The memory that an address is in; empty if it is none that the driver knows. */
  static Optional<DeviceMemory> locate(long address) {
    Cuda.requireAvailable();
    try (Arena arena = Arena.ofConfined()) {
      // The values, and behind them the place of each.
      MemorySegment values = arena.allocate(JAVA_LONG, 2L * COUNT);
      for (int i = 0; i < COUNT; i++) {
        values.setAtIndex(JAVA_LONG, COUNT + i, values.address() + (long) i * Long.BYTES);
      }
      // What the driver knows it says whatever is current on the thread. That it knows nothing is
      // believed with a context only.
      if (ask(values, address) != 0 || number(values, MEMORY_TYPE) == 0) {
        try (var _ = Context.of(0).enter()) {
          CudaException.requireSuccess(CudaDriver.cuPointerGetAttributes, ask(values, address));
        }
      }
      return device(values)
          .map(
              device ->
                  new DeviceMemory(
                      device,
                      values.getAtIndex(JAVA_LONG, RANGE_START),
                      values.getAtIndex(JAVA_LONG, RANGE_SIZE)));
    }
  }

  /** The driver's error. */
  private static int ask(MemorySegment values, long address) {
    return CudaDriver.cuPointerGetAttributes.call(
        COUNT, ATTRIBUTES.address(), values.address() + (long) COUNT * Long.BYTES, address);
  }

  private static Optional<Device> device(MemorySegment values) {
    return switch (number(values, MEMORY_TYPE)) {
      case HOST -> Optional.of(Device.of(Device.Type.CUDA_HOST, 0));
      case DEVICE, UNIFIED ->
          Optional.of(
              number(values, IS_MANAGED) != 0
                  ? Device.of(Device.Type.CUDA_MANAGED, 0)
                  : Device.cuda(number(values, DEVICE_ORDINAL)));
      default -> Optional.empty();
    };
  }

  private static int number(MemorySegment values, int attribute) {
    return values.get(JAVA_INT, (long) attribute * Long.BYTES);
  }
}
