package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.dlpack4j.cuda.internal.DriverLibrary;

/** Whether there is CUDA, and what it has. Asking never fails. */
public final class Cuda {

  private static final int CUDA_ERROR_INVALID_CONTEXT = 201;

  private Cuda() {}

  /**
   * Whether there is a driver, and a device.
   *
   * @return true if the rest of this package works
   */
  public static boolean isAvailable() {
    return missing().isEmpty();
  }

  /**
   * Why there is no CUDA.
   *
   * @return the reason, and what to do; empty if there is CUDA
   */
  public static Optional<String> missing() {
    return Found.MISSING;
  }

  /**
   * The devices that this process may use.
   *
   * @return by ordinal; none if there is no CUDA
   */
  public static List<CudaDevice> devices() {
    return Found.DEVICES;
  }

  /**
   * The newest version of CUDA that the driver knows.
   *
   * @return 1000 times the major version and 10 times the minor one, such as 13000; 0 if there is
   *     no CUDA
   */
  public static int driverVersion() {
    return Found.VERSION;
  }

  /**
   * A device.
   *
   * @param ordinal its number
   * @return the device
   * @throws UnsupportedOperationException if there is no CUDA, with the reason
   * @throws IllegalArgumentException if there is no device of this number
   */
  public static CudaDevice device(int ordinal) {
    requireAvailable();
    if (ordinal < 0 || ordinal >= Found.DEVICES.size()) {
      throw new IllegalArgumentException(
          "device: expected an ordinal below %d but found %d"
              .formatted(Found.DEVICES.size(), ordinal));
    }
    return Found.DEVICES.get(ordinal);
  }

  /**
   * The device that libraries use on this thread, until they are told otherwise.
   *
   * @return the one of the thread's current context, or else the first one
   * @throws UnsupportedOperationException if there is no CUDA, with the reason
   * @throws CudaException if the context cannot be asked
   */
  public static CudaDevice currentDevice() {
    requireAvailable();
    if (Found.DEVICES.size() == 1) {
      return Found.DEVICES.getFirst();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_INT);
      int error = CudaDriver.cuCtxGetDevice.call(out.address());
      if (error == CUDA_ERROR_INVALID_CONTEXT) {
        return Found.DEVICES.getFirst();
      }
      CudaException.requireSuccess(CudaDriver.cuCtxGetDevice, error);
      return Found.DEVICES.get(out.get(JAVA_INT, 0));
    }
  }

  static void requireAvailable() {
    if (!isAvailable()) {
      throw new UnsupportedOperationException("CUDA: " + missing().orElseThrow());
    }
  }

  /** Asked for once, by whoever needs it first. */
  private static final class Found {
    static final Optional<String> MISSING;
    static final int VERSION;
    static final List<CudaDevice> DEVICES;

    static {
      Optional<String> missing = DriverLibrary.MISSING;
      int version = 0;
      List<CudaDevice> devices = List.of();
      if (missing.isEmpty()) {
        try {
          CudaException.call(CudaDriver.cuInit, 0);
          version = askInt();
          devices = IntStream.range(0, count()).mapToObj(Found::describe).toList();
          if (devices.isEmpty()) {
            missing = Optional.of("expected a device but the driver has none; see nvidia-smi");
          }
        } catch (CudaException | UnsupportedOperationException e) {
          missing = Optional.of("the driver is there but does not work: " + e.getMessage());
        }
      }
      MISSING = missing;
      VERSION = version;
      DEVICES = devices;
    }

    private static int askInt() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment out = arena.allocate(JAVA_INT);
        CudaException.call(CudaDriver.cuDriverGetVersion, out.address());
        return out.get(JAVA_INT, 0);
      }
    }

    private static int count() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment out = arena.allocate(JAVA_INT);
        CudaException.call(CudaDriver.cuDeviceGetCount, out.address());
        return out.get(JAVA_INT, 0);
      }
    }

    private static CudaDevice describe(int ordinal) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment name = arena.allocate(256);
        MemorySegment uuid = arena.allocate(16);
        MemorySegment bytes = arena.allocate(JAVA_LONG);
        int device = Context.device(ordinal);
        CudaException.call(CudaDriver.cuDeviceGetName, name.address(), name.byteSize() - 1, device);
        CudaException.call(CudaDriver.cuDeviceGetUuid_v2, uuid.address(), device);
        CudaException.call(CudaDriver.cuDeviceTotalMem_v2, bytes.address(), device);
        var half = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
        return new CudaDevice(
            ordinal,
            new UUID(uuid.get(half, 0), uuid.get(half, Long.BYTES)),
            name.getString(0),
            bytes.get(JAVA_LONG, 0));
      }
    }
  }
}
