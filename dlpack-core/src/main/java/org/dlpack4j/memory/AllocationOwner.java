package org.dlpack4j.memory;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.Owner;

/** Shared memory as an owner. */
final class AllocationOwner implements Owner {

  private final SharedMemory pool;
  private final Span span;
  private final int block;
  private final long byteSize;
  private final AtomicBoolean exported = new AtomicBoolean();
  private final AtomicBoolean released = new AtomicBoolean();

  AllocationOwner(SharedMemory pool, Span span, int block, long byteSize) {
    this.pool = pool;
    this.span = span;
    this.block = block;
    this.byteSize = byteSize;
  }

  @Override
  public void beginExport() {
    if (!exported.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "owner: expected shared memory that no other export holds but found some exported"
              + " already; export several tensors over owner.shared()");
    }
  }

  @Override
  public void release() {
    if (released.compareAndSet(false, true)) {
      pool.freeQuickly(span, block);
    } else {
      pool.countDoubleFree();
    }
  }

  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }

  @Override
  public String toString() {
    return "owner of %d bytes of shared memory at 0x%x".formatted(byteSize, span.addressOf(block));
  }
}
