package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.cuda.internal.DriverFunction;

/**
 * Memory of a device that a file's descriptor can stand for. The device's context is current for
 * all of these.
 */
final class VirtualMemory {

  private static final int PINNED = 1; // CUmemAllocationType
  private static final int POSIX_DESCRIPTOR = 1; // CUmemAllocationHandleType
  private static final int ON_DEVICE = 1; // CUmemLocationType
  private static final int READ_WRITE = 3; // CUmemAccess_flags
  private static final int MINIMUM = 0; // CUmemAllocationGranularity_flags

  private static final MemoryLayout PROPERTIES =
      MemoryLayout.structLayout(
          JAVA_INT.withName("type"),
          JAVA_INT.withName("requestedHandleTypes"),
          JAVA_INT.withName("location.type"),
          JAVA_INT.withName("location.id"),
          JAVA_LONG.withName("win32HandleMetaData"),
          JAVA_LONG.withName("allocFlags"));

  private VirtualMemory() {}

  /** Allocates as much or a little more, and gives the address. */
  static long allocate(int ordinal, long byteSize) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment properties = properties(arena, ordinal);
      MemorySegment out = arena.allocate(JAVA_LONG);
      long step =
          result(
              out,
              CudaDriver.cuMemGetAllocationGranularity,
              out.address(),
              properties.address(),
              MINIMUM);
      long bytes = Math.multiplyExact(Math.ceilDiv(byteSize, step), step);
      long handle =
          result(out, CudaDriver.cuMemCreate, out.address(), bytes, properties.address(), 0);
      try {
        return map(arena, ordinal, handle, bytes);
      } finally {
        // The mapping keeps the memory, or nobody needs it.
        CudaException.call(CudaDriver.cuMemRelease, handle);
      }
    }
  }

  private static MemorySegment properties(Arena arena, int ordinal) {
    MemorySegment properties = arena.allocate(PROPERTIES);
    properties.setAtIndex(JAVA_INT, 0, PINNED);
    properties.setAtIndex(JAVA_INT, 1, POSIX_DESCRIPTOR);
    properties.setAtIndex(JAVA_INT, 2, ON_DEVICE);
    properties.setAtIndex(JAVA_INT, 3, Context.device(ordinal));
    return properties;
  }

  private static long result(MemorySegment out, DriverFunction function, long... arguments) {
    CudaException.call(function, arguments);
    return out.get(JAVA_LONG, 0);
  }

  private static long map(Arena arena, int ordinal, long handle, long bytes) {
    MemorySegment out = arena.allocate(JAVA_LONG);
    long address = result(out, CudaDriver.cuMemAddressReserve, out.address(), bytes, 0, 0, 0);
    try {
      CudaException.call(CudaDriver.cuMemMap, address, bytes, 0, handle, 0);
    } catch (CudaException e) {
      CudaException.call(CudaDriver.cuMemAddressFree, address, bytes);
      throw e;
    }
    try {
      MemorySegment access =
          arena.allocateFrom(JAVA_INT, ON_DEVICE, Context.device(ordinal), READ_WRITE);
      CudaException.call(CudaDriver.cuMemSetAccess, address, bytes, access.address(), 1);
      return address;
    } catch (CudaException e) {
      free(address, bytes);
      throw e;
    }
  }

  /** Gives back all that was allocated, in this process: others keep theirs. */
  static void free(long address) {
    free(address, Pointers.locate(address).orElseThrow().byteSize());
  }

  private static void free(long address, long bytes) {
    CudaException.call(CudaDriver.cuMemUnmap, address, bytes);
    CudaException.call(CudaDriver.cuMemAddressFree, address, bytes);
  }

  /** A new descriptor for the memory at an address, the caller's to close. */
  static int descriptor(long address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      long handle = result(out, CudaDriver.cuMemRetainAllocationHandle, out.address(), address);
      try {
        CudaException.call(
            CudaDriver.cuMemExportToShareableHandle, out.address(), handle, POSIX_DESCRIPTOR, 0);
        return out.get(JAVA_INT, 0);
      } finally {
        CudaException.call(CudaDriver.cuMemRelease, handle);
      }
    }
  }
}
