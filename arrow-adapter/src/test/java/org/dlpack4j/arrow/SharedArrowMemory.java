package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.apache.arrow.memory.BufferAllocator;
import org.dlpack4j.memory.SharedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** Gives each test a pool and an allocator over it, in which nothing may be left when it ends. */
abstract class SharedArrowMemory {

  final SharedMemory pool = SharedMemory.create();
  BufferAllocator allocator;

  @BeforeAll
  static void needsLinux() {
    assumeThat(SharedMemory.lack()).isEmpty();
  }

  @BeforeEach
  final void makeAllocator() {
    allocator = SharedBuffers.allocator(pool);
  }

  /** Arrow's allocator throws if something is left in it. */
  @AfterEach
  final void closeWithNothingLeft() throws InterruptedException {
    ArrowExports.close(allocator, ArrowMemory.PATIENCE);
    assertThat(pool.statistics().liveAllocations()).isZero();
    assertThat(pool.statistics().doubleFrees()).isZero();
    pool.close();
  }
}
