package org.dlpack4j.exporting;

import org.dlpack4j.internal.Memory;

/** Cuts native memory into slabs. It is never given back, as a deleter may come at any time. */
class SlabMemory {

  private static final long CHUNK_BYTES = 256 * SlabHeader.SLAB_BYTES;

  private long next;
  private long end;

  /**
   * Memory for one slab, zeroed and aligned to its size.
   *
   * @throws OutOfMemoryError if there is none
   */
  synchronized long allocate() {
    if (next == end) {
      next = Memory.reserve(CHUNK_BYTES, SlabHeader.SLAB_BYTES);
      end = next + CHUNK_BYTES;
    }
    long slab = next;
    next += SlabHeader.SLAB_BYTES;
    return slab;
  }
}
