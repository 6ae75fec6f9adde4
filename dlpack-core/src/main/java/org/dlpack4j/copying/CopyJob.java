package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/** A plan carried out: by how many threads, on whose segments, with what reports. */
final class CopyJob {

  private final CopyPlan plan;
  private final CopySettings settings;
  private final MemorySegment from;
  private final MemorySegment to;

  /** Bytes of a number whose bytes are to be reversed, 1 for none. */
  private final int swapped;

  private final boolean inPlace;
  private final LongAdder unitsDone = new LongAdder();

  private CopyJob(
      CopyPlan plan,
      CopySettings settings,
      MemorySegment from,
      MemorySegment to,
      int swapped,
      boolean inPlace) {
    this.plan = plan;
    this.settings = settings;
    this.from = from;
    this.to = to;
    this.swapped = swapped;
    this.inPlace = inPlace;
  }

  static CopyJob copy(CopyPlan plan, CopySettings settings, MemorySegment from, MemorySegment to) {
    return new CopyJob(plan, settings, from, to, 1, false);
  }

  /** Reverses the bytes of each number as well. */
  CopyJob swapping(int numberBytes) {
    return new CopyJob(plan, settings, from, to, numberBytes, inPlace);
  }

  /** Moves nothing: source and target are the same. */
  CopyJob inPlace() {
    return new CopyJob(plan, settings, from, to, swapped, true);
  }

  void run(@Nullable CopyProgress progress) {
    long bytes = bytes(plan.units());
    // Neighbouring runs of bits may share a byte, which two threads must not write.
    boolean alone = bytes < settings.sharedFrom() || plan.kernel == CopyKernel.BITS;
    int threads = alone ? 1 : settings.threads();
    CopyGrid grid = new CopyGrid(plan, settings.chunkBytes());
    long chunks = grid.chunks();
    long atOnce = chunks;
    if (progress != null && bytes > settings.progressBytes()) {
      atOnce = Math.max(chunks / (bytes / settings.progressBytes()), threads);
    }
    for (long first = 0; first < chunks; first += atOnce) {
      round(threads, first, Math.min(first + atOnce, chunks), grid);
      if (progress != null) {
        progress.progress(bytes(unitsDone.sum()), bytes);
      }
    }
  }

  /**
   * Does some chunks. Nobody is at work before and after it, so that whoever is told of progress
   * may do anything in between, even close the memory: the next round then finds it closed.
   */
  private void round(int threads, long first, long end, CopyGrid grid) {
    if (threads == 1) {
      LongConsumer work = work(grid, from, to);
      for (long chunk = first; chunk < end; chunk++) {
        work.accept(chunk);
      }
      return;
    }
    Team.run(threads, first, end, work(grid, forEveryThread(from), forEveryThread(to)));
  }

  private LongConsumer work(CopyGrid grid, MemorySegment source, MemorySegment target) {
    return number -> {
      CopyPlan chunk = grid.chunk(number);
      if (!inPlace) {
        CopyKernel.run(chunk, source, target);
      }
      if (swapped > 1) {
        new ByteSwap(swapped).swap(chunk, target);
      }
      unitsDone.add(chunk.units());
    };
  }

  /**
   * A segment that helpers may use. Memory confined to the calling thread is reached by its
   * address: nobody but the caller could close it, and the caller waits for the helpers.
   */
  private static MemorySegment forEveryThread(MemorySegment segment) {
    if (segment.isAccessibleBy(new Thread(() -> {}))) {
      return segment;
    }
    if (segment.byteSize() > 0) {
      byte ignored = segment.get(JAVA_BYTE, 0); // throws if it is closed, or another thread's
    }
    MemorySegment everywhere = Memory.ALL.asSlice(segment.address(), segment.byteSize());
    return segment.isReadOnly() ? everywhere.asReadOnly() : everywhere;
  }

  private long bytes(long units) {
    return plan.kernel == CopyKernel.BITS ? Math.ceilDiv(units, Byte.SIZE) : units * plan.unit;
  }
}
