package org.dlpack4j.memory;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.dlpack4j.Owner;

/**
 * Memory from a pool of shared memory. It has one holder, who gives it back with {@link #close} or
 * makes an owner of it with {@link #intoOwner}; any thread may do either.
 */
public final class SharedAllocation implements AutoCloseable {

  private static final AtomicIntegerFieldUpdater<SharedAllocation> BLOCK =
      AtomicIntegerFieldUpdater.newUpdater(SharedAllocation.class, "block");

  private static final int CLOSED = -1;
  private static final int MOVED = -2;

  private final SharedMemory pool;
  private final Span span;
  private final long byteSize;

  /** Its number while it is held; negative from then on. */
  private volatile int block;

  SharedAllocation(SharedMemory pool, Span span, int block, long byteSize) {
    this.pool = pool;
    this.span = span;
    this.byteSize = byteSize;
    this.block = block;
  }

  /**
   * The memory, for every thread. It outlives this handle as an address outlives C's {@code free}:
   * it then shows whatever comes to be there, and throws {@link IllegalStateException} once the
   * segment is gone.
   *
   * @return as many bytes as were asked for
   * @throws IllegalStateException if the allocation is not held any more
   */
  public MemorySegment segment() {
    return span.memory(requireHeld(), byteSize);
  }

  /**
   * Where it is in this process.
   *
   * @return the address
   * @throws IllegalStateException if the allocation is not held any more
   */
  public long address() {
    return span.addressOf(requireHeld());
  }

  /**
   * Where it is for another process.
   *
   * @return the segment, and the offset in it
   * @throws IllegalStateException if the allocation is not held any more
   */
  public SharedLocation location() {
    SharedSegment segment = span.chunk.segment;
    return new SharedLocation(segment, address() - segment.address());
  }

  /**
   * How much was asked for.
   *
   * @return bytes
   */
  public long byteSize() {
    return byteSize;
  }

  /**
   * Hands the memory to an owner, for an export; this handle then has nothing to give back.
   *
   * @return the owner, for one export; its release gives the memory back and waits for nobody
   * @throws IllegalStateException if the allocation is not held any more
   */
  public Owner intoOwner() {
    int held = block;
    AllocationOwner owner = new AllocationOwner(pool, span, held, byteSize);
    if (held < 0 || !BLOCK.compareAndSet(this, held, MOVED)) {
      throw notHeld();
    }
    SharedMemory.LEAKS.end(this, span.addressOf(held));
    return owner;
  }

  /**
   * Gives the memory back. After {@link #intoOwner} it does nothing; calling it twice is counted as
   * a double free and does nothing.
   */
  @Override
  public void close() {
    int held = block;
    if (held >= 0 && BLOCK.compareAndSet(this, held, CLOSED)) {
      pool.free(this, span, held);
    } else if (block == CLOSED) {
      pool.countDoubleFree();
    }
  }

  private int requireHeld() {
    int held = block;
    if (held < 0) {
      throw notHeld();
    }
    return held;
  }

  private IllegalStateException notHeld() {
    return new IllegalStateException(
        "allocation: expected one that is held but found it "
            + (block == MOVED ? "handed to an owner" : "closed"));
  }

  @Override
  public String toString() {
    int held = block;
    return held < 0
        ? "shared memory, " + (held == MOVED ? "handed to an owner" : "closed")
        : "%d bytes of shared memory at 0x%x".formatted(byteSize, span.addressOf(held));
  }
}
