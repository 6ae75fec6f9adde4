package org.dlpack4j.arrow.bitmap;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.dlpack4j.internal.SystemCalls;
import org.jspecify.annotations.Nullable;

/** Where large bitmaps come from: regions of slots, by the size of a slot. */
final class OnesPool {

  /** By the power of two that a slot has in bytes. */
  private static final List<CopyOnWriteArrayList<OnesRegion>> REGIONS =
      Stream.generate(CopyOnWriteArrayList<OnesRegion>::new).limit(Long.SIZE).toList();

  private OnesPool() {}

  /** A slot, or where the system has none for us, memory of the heap that is filled. */
  static FullBitmap take(long bytes) {
    int power = Long.SIZE - Long.numberOfLeadingZeros(bytes - 1);
    FullBitmap bitmap = SystemCalls.AVAILABLE ? takeSlot(power) : null;
    return bitmap == null ? FullBitmap.filled(bytes) : bitmap;
  }

  private static @Nullable FullBitmap takeSlot(int power) {
    List<OnesRegion> regions = REGIONS.get(power);
    FullBitmap bitmap = takeSlot(regions);
    if (bitmap != null) {
      return bitmap;
    }
    synchronized (regions) {
      bitmap = takeSlot(regions);
      if (bitmap != null || regions.stream().anyMatch(OnesRegion::hasSlots)) {
        return bitmap;
      }
      OnesRegion another = OnesRegion.of(1L << power);
      if (another == null) {
        return null;
      }
      regions.add(another);
      return takeSlot(regions);
    }
  }

  private static @Nullable FullBitmap takeSlot(List<OnesRegion> regions) {
    for (OnesRegion region : regions) {
      long address = region.take();
      if (address != OnesRegion.NONE) {
        return FullBitmap.of(region, address);
      }
    }
    return null;
  }
}
