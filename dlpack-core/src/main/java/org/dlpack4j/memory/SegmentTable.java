package org.dlpack4j.memory;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Which segment an address is in: a table of two levels over the whole address space, with an entry
 * for every 2 MiB. Segments begin at multiples of that, so none shares an entry with another.
 * Leaves are never taken away, so that nobody who looks something up has to lock.
 */
final class SegmentTable {

  /** What every segment's address is a multiple of. Also the size of a huge page. */
  static final long UNIT_BYTES = 1L << 21;

  private static final int UNIT_BITS = 21;
  private static final int LEAF_BITS = 13;

  /** No kernel puts a mapping above 2^48 unless asked to. */
  private static final int ADDRESS_BITS = 48;

  private static final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable SharedSegment>>
      ROOT = new AtomicReferenceArray<>(1 << (ADDRESS_BITS - UNIT_BITS - LEAF_BITS));

  private SegmentTable() {}

  static void add(SharedSegment segment) {
    for (long unit = firstUnit(segment); unit <= lastUnit(segment); unit++) {
      leaf(unit).set(inLeaf(unit), segment);
    }
  }

  /** Forgets a segment, but nothing that was mapped in its place meanwhile. */
  static void remove(SharedSegment segment) {
    for (long unit = firstUnit(segment); unit <= lastUnit(segment); unit++) {
      AtomicReferenceArray<@Nullable SharedSegment> leaf = ROOT.get((int) (unit >>> LEAF_BITS));
      if (leaf != null) {
        leaf.compareAndSet(inLeaf(unit), segment, null);
      }
    }
  }

  static @Nullable SharedSegment find(long address) {
    long unit = address >>> UNIT_BITS;
    long index = unit >>> LEAF_BITS;
    if (index >= ROOT.length()) {
      return null;
    }
    AtomicReferenceArray<@Nullable SharedSegment> leaf = ROOT.getAcquire((int) index);
    SharedSegment segment = leaf == null ? null : leaf.getAcquire(inLeaf(unit));
    // A segment's last unit may have somebody else's memory behind it.
    return segment == null || address - segment.address() >= segment.byteSize() ? null : segment;
  }

  private static AtomicReferenceArray<@Nullable SharedSegment> leaf(long unit) {
    int index = Math.toIntExact(unit >>> LEAF_BITS);
    AtomicReferenceArray<@Nullable SharedSegment> leaf = ROOT.get(index);
    if (leaf == null) {
      AtomicReferenceArray<@Nullable SharedSegment> made =
          new AtomicReferenceArray<>(1 << LEAF_BITS);
      AtomicReferenceArray<@Nullable SharedSegment> other =
          ROOT.compareAndExchange(index, null, made);
      leaf = other == null ? made : other;
    }
    return leaf;
  }

  private static int inLeaf(long unit) {
    return (int) unit & ((1 << LEAF_BITS) - 1);
  }

  private static long firstUnit(SharedSegment segment) {
    return segment.address() >>> UNIT_BITS;
  }

  private static long lastUnit(SharedSegment segment) {
    return (segment.address() + segment.byteSize() - 1) >>> UNIT_BITS;
  }
}
