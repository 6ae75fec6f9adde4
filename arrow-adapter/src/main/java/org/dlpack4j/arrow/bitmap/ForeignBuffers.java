package org.dlpack4j.arrow.bitmap;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.ReferenceManager;
import org.jspecify.annotations.Nullable;

/**
 * All memory of one import as one allocation of Arrow's, so that it is counted and let go once;
 * with the bitmaps of vectors without nulls, which are nobody else's. Whoever imports holds a
 * reference until this is closed.
 */
public abstract class ForeignBuffers extends ForeignAllocation implements AutoCloseable {

  private final ReferenceManager references;
  private @Nullable FullBitmap bitmaps;
  private long nextBitmap;

  /**
   * Memory that is counted by an allocator from now on.
   *
   * @param allocator what counts it
   * @param bytes how much somebody else's is
   * @param bitmapBytes of all bitmaps that will be asked for, by {@link #fullBitmapBytes}
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator has not so much
   */
  protected ForeignBuffers(BufferAllocator allocator, long bytes, long bitmapBytes) {
    super(bytes, 0);
    if (bitmapBytes != 0) {
      bitmaps = FullBitmap.of(bitmapBytes);
      nextBitmap = bitmaps.address();
    }
    try {
      references = references(allocator);
    } catch (Throwable e) {
      freeBitmaps(); // which Arrow has done already, or will not do
      throw e;
    }
  }

  /** By one of our own where nobody could tell the difference, as that is much faster. */
  private ReferenceManager references(BufferAllocator allocator) {
    ForeignLedger own = Ledgers.firstOf(this, allocator);
    return own == null ? allocator.wrapForeignAllocation(this).getReferenceManager() : own;
  }

  /**
   * Some of the memory.
   *
   * @param address where
   * @param bytes how much
   * @return without a reference of its own; whoever is loaded with it takes one
   */
  public final ArrowBuf buffer(long address, long bytes) {
    ArrowBuf buffer = new ArrowBuf(references, null, bytes, address);
    buffer.writerIndex(bytes);
    return buffer;
  }

  /**
   * The next bitmap.
   *
   * @param bits how many, all set
   * @return as {@link #buffer} does
   */
  public final ArrowBuf fullBitmap(long bits) {
    ArrowBuf buffer = buffer(nextBitmap, Math.ceilDiv(bits, Byte.SIZE));
    nextBitmap += fullBitmapBytes(bits);
    return buffer;
  }

  /**
   * What a bitmap takes.
   *
   * @param bits how many
   * @return whole words
   */
  public static long fullBitmapBytes(long bits) {
    return Math.ceilDiv(bits, Long.SIZE) * Long.BYTES;
  }

  /** Leaves the memory to those who have references by now. */
  @Override
  public final void close() {
    references.release();
  }

  /** Lets go of somebody else's memory, if it is ours by now; on any thread, once. */
  protected abstract void releaseMemory();

  @Override
  protected final void release0() {
    freeBitmaps();
    releaseMemory();
  }

  private void freeBitmaps() {
    if (bitmaps != null) {
      bitmaps.free();
      bitmaps = null;
    }
  }
}
