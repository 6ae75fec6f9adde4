package org.dlpack4j.it.child;

import org.dlpack4j.memory.SharedMemory;

/** Loses shared memory, and waits until the log says so. */
public final class DroppedAllocation {

  private DroppedAllocation() {}

  public static void main(String[] args) throws InterruptedException {
    LeakReports reports = LeakReports.printed();
    try (SharedMemory pool = SharedMemory.create()) {
      pool.allocate(64).close();
      pool.allocate(64).intoOwner().release();
      dropOne(pool);
      reports.expectOneMore();
      Expect.equal("leaks", 1, pool.statistics().leaks());
      Expect.equal("live", 1, pool.statistics().liveAllocations());
    }
  }

  private static void dropOne(SharedMemory pool) {
    Expect.equal("bytes", 64, pool.allocate(64).byteSize());
  }
}
