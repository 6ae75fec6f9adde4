package org.dlpack4j.arrow;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.ReferenceManager;
import org.dlpack4j.Owner;
import org.dlpack4j.arrow.bitmap.FullBitmap;
import org.jspecify.annotations.Nullable;

/**
 * Memory of somebody else as an allocation of Arrow's. It lets go of nothing before it has been
 * given the owner: until then whoever wraps it may fail, and Arrow may free what it has wrapped.
 */
final class ForeignMemory extends ForeignAllocation {

  private @Nullable Owner owner;
  private @Nullable ReferenceManager references;
  private final List<FullBitmap> bitmaps = new ArrayList<>(1);

  ForeignMemory(long bytes, long address) {
    super(bytes, address);
  }

  /** Takes the owner over: the last reference on the buffer releases it. */
  void giveOwner(Owner given) {
    owner = given;
  }

  /** All of it as a buffer; to be called once, and first. */
  ArrowBuf wrap(BufferAllocator allocator) {
    ArrowBuf buffer = allocator.wrapForeignAllocation(this);
    references = buffer.getReferenceManager();
    return buffer;
  }

  /** A bitmap without nulls as one more buffer, which holds this memory and is freed with it. */
  ArrowBuf fullBitmap(long bytes) {
    ReferenceManager shared = requireNonNull(references);
    FullBitmap bitmap = FullBitmap.of(bytes);
    bitmaps.add(bitmap);
    shared.retain();
    ArrowBuf buffer = new ArrowBuf(shared, null, bytes, bitmap.address());
    buffer.writerIndex(bytes);
    return buffer;
  }

  @Override
  protected void release0() {
    bitmaps.forEach(FullBitmap::free);
    if (owner != null) {
      owner.release();
    }
  }
}
