package org.dlpack4j.arrow;

import java.util.Optional;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.dlpack4j.memory.SharedLocation;
import org.dlpack4j.memory.SharedMemory;

/**
 * Arrow buffers in memory that other processes can map. Vectors are made, filled, sliced and
 * exported as ever; a peer that has the segment's file finds them at their offset, in place.
 *
 * <p>Named for what Arrow calls its memory: {@link SharedMemory} is the pool that it comes from.
 *
 * <p>The memory is zeroed or not as the pool's options say. Arrow does not count on zeroes, so
 * {@link org.dlpack4j.memory.SharedMemoryOptions#withoutZeroing} is right for most; a buffer then
 * begins with what an earlier one of the same pool, or a peer that may write, has left there, and
 * never with anything from outside the pool. Either way a peer that has a segment sees all of it,
 * what was freed included, until it is written over: peers that must not see each other's data need
 * a pool each.
 *
 * <p>The pool may be closed before the allocator: buffers that there are stay valid, and each
 * segment goes with its last one; asking for more throws {@link IllegalStateException}.
 *
 * <p>Arrow wants one of its own memory modules on the class path all the same, as it looks for a
 * default before it is told that there is another.
 */
public final class SharedBuffers {

  private SharedBuffers() {}

  /**
   * Lets an allocator take its memory from a pool. One buffer is one allocation of the pool's,
   * aligned to {@link SharedMemory#ALIGNMENT}; buffers of no bytes are nowhere.
   *
   * <p>If the pool has none left, Arrow's {@link org.apache.arrow.memory.OutOfMemoryException} says
   * why, and the allocator counts nothing as allocated. Releasing a buffer never waits.
   *
   * @param pool where the memory comes from; stays the caller's to close
   * @return for the configuration of a root allocator
   */
  public static AllocationManager.Factory over(SharedMemory pool) {
    return new AllocationManager.Factory() {
      @Override
      public AllocationManager create(BufferAllocator accounting, long bytes) {
        return SharedBlock.allocate(pool, accounting, bytes);
      }

      @Override
      public ArrowBuf empty() {
        return new ArrowBuf(ReferenceManager.NO_OP, null, 0, 0);
      }
    };
  }

  /**
   * Makes an allocator without a limit of its own.
   *
   * @param pool where its memory comes from; stays the caller's to close
   * @return a root allocator, to be closed
   */
  public static RootAllocator allocator(SharedMemory pool) {
    return new RootAllocator(
        RootAllocator.configBuilder().allocationManagerFactory(over(pool)).build());
  }

  /**
   * Finds a buffer for another process, in constant time and without locking. It need not be of an
   * allocator of {@link #over}: an imported one that is in shared memory is found as well.
   *
   * @param buffer any; of a slice, its own first byte is found
   * @return the segment and the offset in it, true for as long as somebody holds the buffer; empty
   *     if it is in no segment of this process or has no bytes
   * @throws IllegalStateException if the buffer was freed
   */
  public static Optional<SharedLocation> locate(ArrowBuf buffer) {
    if (buffer.refCnt() == 0) {
      throw new IllegalStateException(
          "buffer: expected one that is held but found it freed; locate it before its release");
    }
    return buffer.capacity() == 0 ? Optional.empty() : SharedMemory.locate(buffer.memoryAddress());
  }

  /**
   * Finds the first row of a vector for another process, in constant time and without locking.
   *
   * @param vector of a type that has its rows' values in one buffer; of text and binary, the bytes
   *     are found, and the offsets are a buffer of their own
   * @return the segment and the offset in it, true until the vector moves or is closed; empty if it
   *     is in no segment of this process or has no memory
   * @throws RefusedVectorException if the type has no values of its own, as lists and structs
   */
  public static Optional<SharedLocation> locate(FieldVector vector) {
    ArrowBuf data;
    try {
      data = vector.getDataBuffer();
    } catch (UnsupportedOperationException e) {
      RefusedVectorException refused =
          new RefusedVectorException(
              vector.getField(),
              "expected a vector with a data buffer but found one without; locate its other"
                  + " buffers, or its children");
      refused.initCause(e);
      throw refused;
    }
    return locate(data);
  }
}
