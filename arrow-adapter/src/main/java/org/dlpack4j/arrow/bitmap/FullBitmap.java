package org.dlpack4j.arrow.bitmap;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Bits that are all set and belong to one holder, who may write to them. A large bitmap costs no
 * more than a small one: its pages are shared by all until one is written.
 */
public final class FullBitmap {

  /** As much is filled as fast as it is mapped. */
  static final long MOST_FILLED = 64 << 10;

  /** As the Arrow format would have it, for readers of whole words. */
  private static final long PADDING = 64;

  /** Calling C for less costs more. */
  private static final long MOST_SET_BY_JAVA = 256;

  private final long address;
  private final long bytes;
  private final @Nullable OnesRegion region;

  private FullBitmap(long address, long bytes, @Nullable OnesRegion region) {
    this.address = address;
    this.bytes = bytes;
    this.region = region;
  }

  /**
   * Makes a bitmap.
   *
   * @param bytes how many; 1 or more
   * @return the bitmap, the caller's to free
   * @throws OutOfMemoryError if there is no memory
   */
  public static FullBitmap of(long bytes) {
    return bytes <= MOST_FILLED ? filled(bytes) : OnesPool.take(bytes);
  }

  static FullBitmap filled(long bytes) {
    long padded = (bytes + PADDING - 1) & -PADDING;
    boolean spare = padded <= SpareBitmaps.LARGEST;
    long address = spare ? SpareBitmaps.take(padded) : Memory.allocate(padded);
    if (padded <= MOST_SET_BY_JAVA) {
      for (long at = 0; at < padded; at += Long.BYTES) {
        Memory.ALL.set(JAVA_LONG, address + at, -1L);
      }
    } else {
      Memory.fill(address, (byte) 0xFF, padded);
    }
    return new FullBitmap(address, padded, null);
  }

  static FullBitmap of(OnesRegion region, long address) {
    return new FullBitmap(address, region.slotBytes(), region);
  }

  /**
   * Where it begins.
   *
   * @return a multiple of 16
   */
  public long address() {
    return address;
  }

  /** Gives it back; to be called once, by whoever holds it. */
  public void free() {
    if (region != null) {
      region.giveBack(address);
    } else if (bytes <= SpareBitmaps.LARGEST) {
      SpareBitmaps.giveBack(address, bytes);
    } else {
      Memory.free(address);
    }
  }
}
