package org.dlpack4j.copying;

import java.util.Arrays;

/** A plan cut into chunks of about the same size, so that several threads can share the work. */
final class CopyGrid {

  /** A run is cut between cache lines, and so between elements. */
  private static final long LINE = 64;

  private final CopyPlan plan;

  /** Of every loop the turns that a chunk has, but for the last ones. */
  private final long[] sizes;

  CopyGrid(CopyPlan plan, long chunkBytes) {
    this.plan = plan;
    this.sizes = new long[plan.loops.length];
    Arrays.fill(sizes, 1);
    long most = most(plan, chunkBytes);
    if (plan.kernel == CopyKernel.TILES) {
      // What a cache line of the source brings is for one chunk.
      int rows = sizes.length - 2;
      sizes[rows] = Math.min(plan.loops[rows].size(), Math.min(Tiles.WIDTH / plan.unit, most));
      most /= sizes[rows];
    }
    for (int i = sizes.length - 1; i >= 0; i--) {
      // One that is given already and does not come to its end leaves nothing to those outside.
      long size = Math.min(plan.loops[i].size(), most * sizes[i]);
      most = Math.max(most * sizes[i] / size, 1);
      sizes[i] = size;
      if (size < plan.loops[i].size()) {
        break;
      }
    }
  }

  /** The units of a chunk. */
  private static long most(CopyPlan plan, long chunkBytes) {
    return switch (plan.kernel) {
      case RUNS -> Math.max(chunkBytes / LINE, 1) * LINE;
      case BITS -> Math.max(chunkBytes, 1) * Byte.SIZE;
      default -> Math.max(chunkBytes / plan.unit, 1);
    };
  }

  /** How many chunks there are. */
  long chunks() {
    long count = 1;
    for (int i = 0; i < sizes.length; i++) {
      count *= along(i);
    }
    return count;
  }

  /** One of them. */
  CopyPlan chunk(long number) {
    long[] first = new long[sizes.length];
    long[] size = new long[sizes.length];
    long rest = number;
    for (int i = sizes.length - 1; i >= 0; i--) {
      first[i] = rest % along(i) * sizes[i];
      rest /= along(i);
      size[i] = Math.min(sizes[i], plan.loops[i].size() - first[i]);
    }
    return plan.part(first, size);
  }

  private long along(int loop) {
    return Math.ceilDiv(plan.loops[loop].size(), sizes[loop]);
  }
}
