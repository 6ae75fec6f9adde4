package org.dlpack4j.bench;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.unsafe.UnsafeAllocationManager;
import org.dlpack4j.arrow.SharedBuffers;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One Arrow buffer and its end: in shared memory, and in Arrow's own, which has malloc's. */
@State(Scope.Thread)
public class ArrowAllocBenchmark {

  /** As malloc's, whose memory has whatever was in it. */
  private final SharedMemory pool =
      SharedMemory.create(SharedMemoryOptions.DEFAULT.withoutZeroing());

  private final BufferAllocator shared = SharedBuffers.allocator(pool);

  private final BufferAllocator unsafe =
      new RootAllocator(
          RootAllocator.configBuilder()
              .allocationManagerFactory(UnsafeAllocationManager.FACTORY)
              .build());

  @Benchmark
  public long sharedBytes64() {
    return allocateAndFree(shared, 64);
  }

  @Benchmark
  public long sharedKib64() {
    return allocateAndFree(shared, 64 << 10);
  }

  @Benchmark
  public long sharedMib16() {
    return allocateAndFree(shared, 16 << 20);
  }

  @Benchmark
  public long unsafeBytes64() {
    return allocateAndFree(unsafe, 64);
  }

  @Benchmark
  public long unsafeKib64() {
    return allocateAndFree(unsafe, 64 << 10);
  }

  @Benchmark
  public long unsafeMib16() {
    return allocateAndFree(unsafe, 16 << 20);
  }

  private static long allocateAndFree(BufferAllocator allocator, long bytes) {
    try (ArrowBuf buffer = allocator.buffer(bytes)) {
      return buffer.memoryAddress();
    }
  }

  @TearDown
  public void close() {
    shared.close();
    unsafe.close();
    pool.close();
  }
}
