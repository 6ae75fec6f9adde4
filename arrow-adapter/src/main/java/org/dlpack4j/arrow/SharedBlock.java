package org.dlpack4j.arrow;

import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.dlpack4j.Owner;
import org.dlpack4j.memory.SharedAllocation;
import org.dlpack4j.memory.SharedMemory;

/** A piece of a pool that Arrow counts the references on. */
final class SharedBlock extends AllocationManager {

  private final long address;
  private final long bytes;

  /** Not the allocation: an export's end may free a buffer, and only an owner never waits. */
  private final Owner memory;

  private SharedBlock(BufferAllocator accounting, long address, long bytes, Owner memory) {
    super(accounting);
    this.address = address;
    this.bytes = bytes;
    this.memory = memory;
  }

  /**
   * Takes memory of the pool's.
   *
   * @throws OutOfMemoryException if there is none; nothing is taken then
   */
  static SharedBlock allocate(SharedMemory pool, BufferAllocator accounting, long bytes) {
    // Before the super constructor, as Arrow's books do not forget a manager that came to nothing.
    try (SharedAllocation allocation = taken(pool, accounting, bytes)) {
      long address = allocation.address();
      Owner memory = allocation.intoOwner();
      try {
        return new SharedBlock(accounting, address, bytes, memory);
      } catch (Throwable e) {
        memory.release();
        throw e;
      }
    }
  }

  private static SharedAllocation taken(SharedMemory pool, BufferAllocator accounting, long bytes) {
    try {
      return pool.allocate(bytes);
    } catch (OutOfMemoryError e) {
      throw new OutOfMemoryException(
          "allocator %s: expected %d bytes of shared memory but found none: %s"
              .formatted(accounting.getName(), bytes, e.getMessage()),
          e);
    }
  }

  @Override
  public long getSize() {
    return bytes;
  }

  @Override
  protected long memoryAddress() {
    return address;
  }

  @Override
  protected void release0() {
    memory.release();
  }
}
