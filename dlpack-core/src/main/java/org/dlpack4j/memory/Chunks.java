package org.dlpack4j.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** All memory of a pool: segments cut into spans, and the bins that know which have free blocks. */
final class Chunks {

  private final SegmentFactory factory;
  private final AtomicReferenceArray<@Nullable Bin> bins =
      new AtomicReferenceArray<>(SizeClass.COUNT);
  private final List<Chunk> chunks = new ArrayList<>();

  /** Given back by this pool, but perhaps held by others or used by native code. */
  private final Set<SharedSegment> leaving = ConcurrentHashMap.newKeySet();

  /** The bytes of free blocks that are segments of their own. */
  private final AtomicLong kept = new AtomicLong();

  private volatile boolean closed;

  Chunks(SegmentFactory factory) {
    this.factory = factory;
  }

  Bin bin(int index) {
    Bin bin = bins.getAcquire(index);
    return bin != null ? bin : newBin(index);
  }

  private synchronized Bin newBin(int index) {
    Bin bin = bins.get(index);
    if (bin == null) {
      bin = new Bin(SizeClass.bytesOf(index), this::carve);
      bins.setRelease(index, bin);
    }
    return bin;
  }

  /** Counts a block that is a segment of its own as kept, or as no longer kept. */
  long keep(long bytes) {
    return kept.addAndGet(bytes);
  }

  /** A new span, not yet in its bin. */
  private Span carve(Bin bin) {
    requireOpen();
    if (!bin.own) {
      return carveShared(bin);
    }
    // Without the lock: the kernel may take long to find so much memory.
    Chunk chunk = Chunk.own(factory.create(bin.blockBytes));
    Span span = add(chunk, bin);
    keep(bin.blockBytes);
    return span;
  }

  private synchronized Span carveShared(Bin bin) {
    requireOpen();
    Span span = carveFromChunks(bin);
    if (span == null && reclaim()) {
      span = carveFromChunks(bin);
    }
    return span != null ? span : add(Chunk.shared(factory.create(Chunk.SHARED_BYTES)), bin);
  }

  private @Nullable Span carveFromChunks(Bin bin) {
    for (int i = chunks.size() - 1; i >= 0; i--) {
      Span span = chunks.get(i).carve(bin);
      if (span != null) {
        return span;
      }
    }
    return null;
  }

  private synchronized Span add(Chunk chunk, Bin bin) {
    Span span = chunk.carve(bin);
    if (closed || span == null) {
      chunk.segment.release();
      requireOpen();
      throw new AssertionError("a new segment has room for a span");
    }
    chunks.add(chunk);
    return span;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "shared memory: expected an open pool but found it closed; create another");
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Refuses new spans from now on. */
  void close() {
    closed = true;
  }

  /** Makes idle spans of shared segments available to every size. */
  private boolean reclaim() {
    Set<Span> idle = idle(false);
    retire(false, idle);
    return !idle.isEmpty();
  }

  private Set<Span> idle(boolean own) {
    Set<Span> idle = new HashSet<>();
    for (int i = 0; i < bins.length(); i++) {
      Bin bin = bins.getAcquire(i);
      if (bin != null && bin.own == own) {
        idle.addAll(bin.idle());
      }
    }
    return idle;
  }

  private void retire(boolean own, Set<Span> idle) {
    for (int i = 0; i < bins.length() && !idle.isEmpty(); i++) {
      Bin bin = bins.getAcquire(i);
      if (bin != null && bin.own == own) {
        for (Span span : bin.retire(idle)) {
          span.chunk.remove(span);
          keep(own ? -bin.blockBytes : 0);
        }
      }
    }
  }

  /** Gives idle segments back to the system: all of them. */
  void trim() {
    List<SharedSegment> empty;
    synchronized (this) {
      retire(false, idle(false));
      retire(true, idle(true));
      empty = takeEmpty();
    }
    giveBack(empty);
  }

  /** Gives large idle segments back to the system, the longest unused first. */
  void trimTo(long bytes) {
    List<SharedSegment> empty;
    synchronized (this) {
      retire(true, oldestBeyond(bytes));
      empty = takeEmpty();
    }
    giveBack(empty);
  }

  private Set<Span> oldestBeyond(long bytes) {
    // Noted first, as others go on using the spans while these are sorted.
    record Idle(Span span, long touched) {}
    List<Idle> idle = new ArrayList<>();
    for (Span span : idle(true)) {
      idle.add(new Idle(span, span.touched));
    }
    idle.sort(Comparator.comparingLong(Idle::touched));
    Set<Span> oldest = new HashSet<>();
    long rest = kept.get();
    for (Idle next : idle) {
      if (rest > bytes) {
        oldest.add(next.span);
        rest -= next.span.bin.blockBytes;
      }
    }
    return oldest;
  }

  private List<SharedSegment> takeEmpty() {
    List<SharedSegment> empty = new ArrayList<>();
    chunks.removeIf(chunk -> chunk.isEmpty() && empty.add(chunk.segment));
    leaving.addAll(empty);
    return empty;
  }

  /** Without the lock, as closing an arena waits for other threads. */
  private void giveBack(List<SharedSegment> empty) {
    empty.forEach(SharedSegment::release);
    leaving.removeIf(SharedSegment::end);
  }

  synchronized SharedMemoryStatistics statistics(long doubleFrees, long leaks) {
    long allocations = 0;
    long bytes = 0;
    long segments = 0;
    long mapped = 0;
    for (Chunk chunk : chunks) {
      for (Span span : chunk.spans()) {
        allocations += span.live();
        bytes += span.live() * span.bin.blockBytes;
      }
      segments++;
      mapped += chunk.segment.byteSize();
    }
    for (SharedSegment segment : leaving) {
      if (!segment.hasEnded()) {
        segments++;
        mapped += segment.byteSize();
      }
    }
    return new SharedMemoryStatistics(
        allocations, bytes, segments, mapped, kept.get(), doubleFrees, leaks);
  }
}
