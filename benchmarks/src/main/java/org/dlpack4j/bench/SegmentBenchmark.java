package org.dlpack4j.bench;

import org.dlpack4j.memory.SharedAllocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedMemoryOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Ours: one allocation in a segment that others can map, and its end. */
@State(Scope.Thread)
public class SegmentBenchmark {

  /** As malloc, whose memory has whatever was in it. */
  private final SharedMemory raw =
      SharedMemory.create(SharedMemoryOptions.DEFAULT.withoutZeroing());

  /** As calloc. */
  private final SharedMemory zeroed = SharedMemory.create();

  @Benchmark
  public long bytes64() {
    return allocateAndFree(raw, 64);
  }

  @Benchmark
  public long kib64() {
    return allocateAndFree(raw, 64 << 10);
  }

  @Benchmark
  public long mib16() {
    return allocateAndFree(raw, 16 << 20);
  }

  @Benchmark
  public long zeroedBytes64() {
    return allocateAndFree(zeroed, 64);
  }

  @Benchmark
  public long zeroedKib64() {
    return allocateAndFree(zeroed, 64 << 10);
  }

  @Benchmark
  public long zeroedMib16() {
    return allocateAndFree(zeroed, 16 << 20);
  }

  /** What a user needs of it: memory that Java can read, whose address C gets. */
  private static long allocateAndFree(SharedMemory pool, long bytes) {
    try (SharedAllocation allocation = pool.allocate(bytes)) {
      return allocation.segment().address();
    }
  }

  @TearDown
  public void close() {
    raw.close();
    zeroed.close();
  }
}
