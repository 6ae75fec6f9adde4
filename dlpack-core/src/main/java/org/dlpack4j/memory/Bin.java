package org.dlpack4j.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The spans of one size that may have a free block: one that each stripe of threads claims from,
 * and those that wait. Spans without a free block are known to their allocations only.
 */
final class Bin {

  private static final int STRIPES =
      Integer.highestOneBit(Math.max(1, Runtime.getRuntime().availableProcessors() * 4 - 1));

  final long blockBytes;

  /** Whether each block is a segment of its own. */
  final boolean own;

  private final Function<Bin, Span> fresh;
  private final Queue<Span> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicReferenceArray<@Nullable Span> current;

  /**
   * One without spans.
   *
   * @param fresh makes a span when there is none; may throw
   */
  Bin(long blockBytes, Function<Bin, Span> fresh) {
    this.blockBytes = blockBytes;
    this.own = SizeClass.isOwn(blockBytes);
    this.fresh = fresh;
    this.current = new AtomicReferenceArray<>(SizeClass.isStriped(blockBytes) ? STRIPES : 1);
  }

  /** The calling thread's place among the stripes. */
  int stripe() {
    return (int) Thread.currentThread().threadId() & (current.length() - 1);
  }

  /** The span that a stripe claims from; null at first, and after all were looked through. */
  @Nullable Span current(int stripe) {
    return current.getAcquire(stripe);
  }

  /** The span to claim from after one that had no free block. */
  @Nullable Span after(int stripe, @Nullable Span exhausted) {
    synchronized (this) {
      // Under one lock, or others would see neither a current nor a waiting span, and make one.
      Span now = current.get(stripe);
      if (now != exhausted) {
        return now;
      }
      Span next = waiting.poll();
      if (next != null) {
        return replace(stripe, exhausted, next);
      }
    }
    // Outside of it, as the kernel may take long to find the memory.
    return replace(stripe, exhausted, fresh.apply(this));
  }

  private synchronized @Nullable Span replace(int stripe, @Nullable Span exhausted, Span next) {
    if (current.get(stripe) == exhausted && (exhausted == null || exhausted.unlist())) {
      current.set(stripe, next);
    } else {
      waiting.add(next);
    }
    return current.get(stripe);
  }

  /** Lets threads find a span that has a free block again. */
  void list(Span span) {
    waiting.add(span);
  }

  /** Spans none of whose blocks is claimed, now. */
  synchronized List<Span> idle() {
    for (int i = 0; i < current.length(); i++) {
      Span span = current.getAndSet(i, null);
      if (span != null) {
        waiting.add(span);
      }
    }
    List<Span> idle = new ArrayList<>();
    for (Span span : waiting) {
      if (span.isIdle()) {
        idle.add(span);
      }
    }
    return idle;
  }

  /** Those of some spans that are still idle, taken out for good. */
  synchronized List<Span> retire(Set<Span> wanted) {
    List<Span> retired = new ArrayList<>();
    // Each is looked at once; what others add meanwhile comes after these.
    for (int i = waiting.size(); i > 0; i--) {
      Span span = waiting.poll();
      if (span == null) {
        break;
      }
      if (wanted.contains(span) && span.retire()) {
        retired.add(span);
      } else {
        waiting.add(span);
      }
    }
    return retired;
  }
}
