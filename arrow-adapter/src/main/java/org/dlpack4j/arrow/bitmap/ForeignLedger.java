package org.dlpack4j.arrow.bitmap;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OwnershipTransferResult;
import org.apache.arrow.memory.ReferenceManager;

/**
 * What one allocator's buffers hold of foreign memory. It does what Arrow's own ledgers do, of
 * which each takes a lock for every buffer that comes and goes, and reads the clock twice.
 */
final class ForeignLedger implements ReferenceManager {

  private static final AtomicIntegerFieldUpdater<ForeignLedger> COUNT =
      AtomicIntegerFieldUpdater.newUpdater(ForeignLedger.class, "count");

  private final Ledgers ledgers;
  private final BufferAllocator allocator;

  /** A count of zero is final. */
  private volatile int count = 1;

  /** Holds one reference, for whoever makes it. */
  ForeignLedger(Ledgers ledgers, BufferAllocator allocator) {
    this.ledgers = ledgers;
    this.allocator = allocator;
  }

  @Override
  public int getRefCount() {
    return count;
  }

  @Override
  public void retain() {
    retain(1);
  }

  @Override
  public void retain(int increment) {
    if (increment < 1 || !retainIfHeld(increment)) {
      throw new IllegalArgumentException(
          "references: expected to add some to some but found %d to add to %d"
              .formatted(increment, count));
    }
  }

  /** Unless the last reference is gone. */
  boolean retainIfHeld(int increment) {
    int held;
    do {
      held = count;
      if (held == 0) {
        return false;
      }
    } while (!COUNT.compareAndSet(this, held, held + increment));
    return true;
  }

  @Override
  public boolean release() {
    return release(1);
  }

  @Override
  public boolean release(int decrement) {
    allocator.assertOpen();
    int held;
    do {
      held = count;
      if (decrement < 1 || held < decrement) {
        throw new IllegalStateException(
            "references: expected to release some of those held but found %d of %d"
                .formatted(decrement, held));
      }
    } while (!COUNT.compareAndSet(this, held, held - decrement));
    if (held == decrement) {
      ledgers.end(this);
    }
    return held == decrement;
  }

  @Override
  public ArrowBuf retain(ArrowBuf source, BufferAllocator target) {
    return retained(target).whole(source);
  }

  @Override
  public OwnershipTransferResult transferOwnership(ArrowBuf source, BufferAllocator target) {
    ForeignLedger receiver = retained(target);
    return new Transfer(ledgers.move(this, receiver), receiver.whole(source));
  }

  @SuppressWarnings("ReferenceEquality") // An allocator is itself only.
  private ForeignLedger retained(BufferAllocator target) {
    if (target != allocator) {
      return ledgers.retained(this, target);
    }
    retain();
    return this;
  }

  private record Transfer(boolean getAllocationFit, ArrowBuf getTransferredBuffer)
      implements OwnershipTransferResult {}

  private ArrowBuf whole(ArrowBuf source) {
    ArrowBuf buffer = deriveBuffer(source, 0, source.capacity());
    buffer.readerIndex(source.readerIndex());
    buffer.writerIndex(source.writerIndex());
    return buffer;
  }

  @Override
  public ArrowBuf deriveBuffer(ArrowBuf source, long index, long length) {
    return new ArrowBuf(this, null, length, source.memoryAddress() + index);
  }

  @Override
  public BufferAllocator getAllocator() {
    return allocator;
  }

  @Override
  public long getSize() {
    return ledgers.size();
  }

  @Override
  public long getAccountedSize() {
    return ledgers.isCountedBy(this) ? ledgers.size() : 0;
  }
}
