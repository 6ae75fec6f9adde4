package org.dlpack4j.memory;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A segment that is cut into spans. Under the lock of its {@link Chunks}. */
final class Chunk {

  /** How large segments are that many allocations share. */
  static final long SHARED_BYTES = 4L << 20;

  private static final long SHARED_UNIT_BYTES = 4096;

  final SharedSegment segment;
  private final long unitBytes;
  private final int units;
  private final BitSet taken = new BitSet();
  private final Set<Span> spans = new HashSet<>();

  /** Units from here on were nobody's yet. */
  private int fresh;

  private Chunk(SharedSegment segment, long unitBytes) {
    this.segment = segment;
    this.unitBytes = unitBytes;
    this.units = Math.toIntExact(segment.byteSize() / unitBytes);
  }

  /** One for many spans. */
  static Chunk shared(SharedSegment segment) {
    return new Chunk(segment, SHARED_UNIT_BYTES);
  }

  /** One for a single span of a single block. */
  static Chunk own(SharedSegment segment) {
    return new Chunk(segment, segment.byteSize());
  }

  /**
   * Cuts off a span.
   *
   * @return null if there is no room for it
   */
  @Nullable Span carve(Bin bin) {
    int blocks = SizeClass.blocksOf(bin.blockBytes);
    int wanted = unitsOf(bin);
    int first = find(wanted);
    if (first < 0) {
      return null;
    }
    taken.set(first, first + wanted);
    // Where peers may write, they may have done so already.
    boolean isFresh = first >= fresh && segment.isWriteProtected();
    fresh = Math.max(fresh, first + wanted);
    Span span = new Span(this, bin, segment.address() + first * unitBytes, blocks, isFresh);
    spans.add(span);
    return span;
  }

  private int find(int wanted) {
    if (units - taken.cardinality() < wanted) {
      return -1;
    }
    int first = taken.nextClearBit(0);
    while (first + wanted <= units) {
      int next = taken.nextSetBit(first);
      if (next < 0 || next - first >= wanted) {
        return first;
      }
      first = taken.nextClearBit(next);
    }
    return -1;
  }

  /** Takes a retired span back. */
  void remove(Span span) {
    int first = (int) ((span.address - segment.address()) / unitBytes);
    taken.clear(first, first + unitsOf(span.bin));
    spans.remove(span);
  }

  private int unitsOf(Bin bin) {
    return (int) Math.ceilDiv(SizeClass.blocksOf(bin.blockBytes) * bin.blockBytes, unitBytes);
  }

  boolean isEmpty() {
    return spans.isEmpty();
  }

  Set<Span> spans() {
    return spans;
  }
}
