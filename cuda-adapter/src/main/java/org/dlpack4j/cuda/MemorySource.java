package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.cuda.internal.DriverFunction;

/** Where memory of ours comes from, and how it ends. */
enum MemorySource {
  DEVICE {
    @Override
    long allocate(int ordinal, MemorySegment out, long byteSize) {
      return result(out, CudaDriver.cuMemAlloc_v2, out.address(), byteSize);
    }

    @Override
    void free(long address) {
      CudaException.call(CudaDriver.cuMemFree_v2, address);
    }
  },
  MANAGED {
    @Override
    long allocate(int ordinal, MemorySegment out, long byteSize) {
      return result(
          out, CudaDriver.cuMemAllocManaged, out.address(), byteSize, CU_MEM_ATTACH_GLOBAL);
    }

    @Override
    void free(long address) {
      CudaException.call(CudaDriver.cuMemFree_v2, address);
    }
  },
  PINNED {
    @Override
    long allocate(int ordinal, MemorySegment out, long byteSize) {
      return result(
          out, CudaDriver.cuMemHostAlloc, out.address(), byteSize, CU_MEMHOSTALLOC_PORTABLE);
    }

    @Override
    void free(long address) {
      CudaException.call(CudaDriver.cuMemFreeHost, address);
    }
  },
  /** What other processes can have, by a file's descriptor. */
  SHARED {
    @Override
    long allocate(int ordinal, MemorySegment out, long byteSize) {
      return VirtualMemory.allocate(ordinal, byteSize);
    }

    @Override
    void free(long address) {
      VirtualMemory.free(address);
    }
  };

  private static final int CU_MEM_ATTACH_GLOBAL = 1;
  private static final int CU_MEMHOSTALLOC_PORTABLE = 1;

  /**
   * Where the new memory is.
   *
   * @throws CudaException if there is not so much
   */
  long allocate(int ordinal, long byteSize) {
    if (byteSize < 1) {
      throw new IllegalArgumentException("size: expected at least 1 but found " + byteSize);
    }
    try (var _ = Context.of(ordinal).enter();
        Arena arena = Arena.ofConfined()) {
      return allocate(ordinal, arena.allocate(JAVA_LONG), byteSize);
    }
  }

  /** With the context current, and a place for the driver's answer. */
  abstract long allocate(int ordinal, MemorySegment out, long byteSize);

  /** The context is current. */
  abstract void free(long address);

  private static long result(MemorySegment out, DriverFunction allocator, long... arguments) {
    CudaException.call(allocator, arguments);
    return out.get(JAVA_LONG, 0);
  }
}
