package org.dlpack4j.memory;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.dlpack4j.internal.LeakWatch;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A pool of memory that other processes can map. Any thread may allocate and give back, virtual
 * ones included.
 *
 * <p>Small allocations share segments of 4 MiB; those of more than 1 MiB have a segment of their
 * own. Who gets a segment's descriptor sees all of that segment, now and later: peers that must not
 * see each other's data need a pool each. Memory is reused as with C's {@code malloc}: reading an
 * allocation after it was given back finds somebody else's data, or throws once its segment is
 * gone, but never faults.
 */
public final class SharedMemory implements AutoCloseable {

  static final LeakWatch LEAKS =
      new LeakWatch(
          "shared memory", "allocated", "close() or intoOwner()", "its memory stays taken");

  /** What allocations are aligned to at least, in this process and within their segment. */
  public static final long ALIGNMENT = SizeClass.ALIGNMENT;

  /** What they can be aligned to by request. */
  public static final long MAX_ALIGNMENT = 4096;

  private static final long WORTH_REMEMBERING = 4096;

  private final SharedMemoryOptions options;
  private final SegmentFactory factory;
  private final Chunks chunks;
  private final LongAdder doubleFrees = new LongAdder();
  private final AtomicBoolean tidying = new AtomicBoolean();

  /** Counts large blocks as they are given back; lost counts do not matter. */
  private long clock;

  SharedMemory(Kernel kernel, SharedMemoryOptions options) {
    SegmentFactory.lack(kernel)
        .ifPresent(
            lack -> {
              throw new UnsupportedOperationException(lack);
            });
    this.options = options;
    this.factory = new SegmentFactory(kernel, options);
    this.chunks = new Chunks(factory);
  }

  /**
   * Makes a pool with {@link SharedMemoryOptions#DEFAULT}.
   *
   * @return an empty pool
   * @throws UnsupportedOperationException if this system has no such memory; see {@link #lack}
   */
  public static SharedMemory create() {
    return create(SharedMemoryOptions.DEFAULT);
  }

  /**
   * Makes a pool.
   *
   * @param options how it behaves
   * @return an empty pool
   * @throws UnsupportedOperationException if this system has no such memory; see {@link #lack}
   */
  public static SharedMemory create(SharedMemoryOptions options) {
    return new SharedMemory(new Kernel(), options);
  }

  /**
   * Looks whether this system has such memory.
   *
   * @return why not, and what to do; empty if it has
   */
  public static Optional<String> lack() {
    return SegmentFactory.lack(new Kernel());
  }

  /**
   * Finds the segment that an address is in, of any pool of this process, in constant time and
   * without locking. While the caller holds the allocation that the address is in, the answer stays
   * true.
   *
   * @param address any
   * @return empty if no segment has that address
   */
  public static Optional<SharedLocation> locate(long address) {
    SharedSegment segment = SegmentTable.find(address);
    return segment == null
        ? Optional.empty()
        : Optional.of(new SharedLocation(segment, address - segment.address()));
  }

  /**
   * Takes memory, zeroed unless the options say otherwise.
   *
   * @param bytes how much; 0 is a place, too
   * @return the caller's, until it gives it back
   * @throws IllegalArgumentException if the size is negative
   * @throws IllegalStateException if the pool is closed
   * @throws OutOfMemoryError if the system has no memory or no descriptor left
   */
  public SharedAllocation allocate(long bytes) {
    return allocate(bytes, ALIGNMENT);
  }

  /**
   * Takes aligned memory, zeroed unless the options say otherwise.
   *
   * @param bytes how much; 0 is a place, too
   * @param alignment a power of two, up to {@link #MAX_ALIGNMENT}; of its address in this process
   *     and of its offset in the segment
   * @return the caller's, until it gives it back
   * @throws IllegalArgumentException if there is no such size or alignment
   * @throws IllegalStateException if the pool is closed
   * @throws OutOfMemoryError if the system has no memory or no descriptor left
   */
  public SharedAllocation allocate(long bytes, long alignment) {
    Bin bin = chunks.bin(SizeClass.indexOf(roundedUp(bytes, alignment)));
    chunks.requireOpen();
    int stripe = bin.stripe();
    Span span = bin.current(stripe);
    int block = span == null ? Span.NONE : span.claim();
    return span == null || block == Span.NONE
        ? allocateFromAnother(bin, stripe, span, bytes)
        : allocation(span, block, bytes);
  }

  private static long roundedUp(long bytes, long alignment) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes: expected 0 or more but found " + bytes);
    }
    if (alignment <= 0 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
      throw new IllegalArgumentException(
          "alignment: expected a power of two up to %d but found %d"
              .formatted(MAX_ALIGNMENT, alignment));
    }
    if (bytes > SizeClass.MAX_BYTES - alignment) {
      throw new OutOfMemoryError(
          "shared memory: expected at most %d bytes but found %d"
              .formatted(SizeClass.MAX_BYTES - alignment, bytes));
    }
    return (Math.max(bytes, 1) + alignment - 1) & -alignment;
  }

  private SharedAllocation allocateFromAnother(
      Bin bin, int stripe, @Nullable Span exhausted, long bytes) {
    Span span = exhausted;
    int block = Span.NONE;
    try {
      while (span == null || block == Span.NONE) {
        span = bin.after(stripe, span);
        block = span == null ? Span.NONE : span.claim();
      }
    } finally {
      if (chunks.isClosed()) {
        tidy(); // closed meanwhile, perhaps before a new span was where closing looks for it
      }
    }
    return allocation(span, block, bytes);
  }

  private SharedAllocation allocation(Span span, int block, long bytes) {
    if (span.bin.own) {
      chunks.keep(-span.bin.blockBytes);
    }
    SharedAllocation allocation = null;
    try {
      if (options.zeroed()) {
        zero(span, block);
      }
      allocation = new SharedAllocation(this, span, block, bytes);
      LEAKS.begin(allocation, span.addressOf(block));
      return allocation;
    } catch (Throwable e) {
      free(allocation, span, block);
      throw e;
    }
  }

  private static void zero(Span span, int block) {
    long blockBytes = span.bin.blockBytes;
    // For small ones, knowing whether it is needed costs as much as doing it.
    if (blockBytes < WORTH_REMEMBERING || !span.isFirstUse(block)) {
      Memory.zero(span.addressOf(block), blockBytes);
    }
  }

  /** Frees a block, and does the work that this may cause. */
  void free(@Nullable SharedAllocation allocation, Span span, int block) {
    if (giveBack(allocation, span, block)) {
      tidy();
    }
  }

  /** Frees a block, and leaves the work that this may cause to another thread. */
  void freeQuickly(Span span, int block) {
    if (giveBack(null, span, block) && tidying.compareAndSet(false, true)) {
      try {
        Thread.ofVirtual()
            .name("dlpack4j-memory")
            .inheritInheritableThreadLocals(false)
            .start(this::tidyAsAsked);
      } catch (Throwable e) {
        tidying.set(false); // no memory for a thread: whoever comes next asks again
        throw e;
      }
    }
  }

  private void tidyAsAsked() {
    // Before the work, so that nobody's request is taken to be done who came too late for it.
    tidying.set(false);
    tidy();
  }

  /** Returns whether more is kept than should be. */
  private boolean giveBack(@Nullable SharedAllocation allocation, Span span, int block) {
    LEAKS.end(allocation, span.addressOf(block));
    long kept = 0;
    if (span.bin.own) {
      span.touched = ++clock;
      kept = chunks.keep(span.bin.blockBytes);
    }
    if (span.free(block)) {
      span.bin.list(span);
    }
    // Looked at last: whoever closes the pool either finds the block free or is seen here.
    return kept > options.keptBytes() || chunks.isClosed();
  }

  private void tidy() {
    if (chunks.isClosed()) {
      chunks.trim();
    } else {
      chunks.trimTo(options.keptBytes());
    }
  }

  void countDoubleFree() {
    doubleFrees.increment();
  }

  /**
   * Gives every segment in which nothing is allocated back to the system. Never needed for large
   * allocations beyond the budget; segments that small ones shared go by this alone.
   */
  public void trim() {
    chunks.trim();
  }

  /**
   * What this system does less well than it should.
   *
   * @return messages that say what to do about it; empty until segments were made
   */
  public List<String> degradations() {
    return factory.degradations();
  }

  /**
   * Counts by looking at every allocation.
   *
   * @return the counts, each exact at some moment during the call
   */
  public SharedMemoryStatistics statistics() {
    return chunks.statistics(doubleFrees.sum(), LEAKS.count());
  }

  /**
   * Ends the pool: nothing is allocated any more. Allocations that are held stay valid, and each
   * segment goes with its last one. Calling it again does what {@link #trim} does.
   */
  @Override
  public void close() {
    chunks.close();
    chunks.trim();
  }
}
