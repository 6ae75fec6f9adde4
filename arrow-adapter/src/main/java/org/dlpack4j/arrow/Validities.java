package org.dlpack4j.arrow;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/** Bitmaps of vectors without nulls. */
final class Validities {

  private Validities() {}

  /** None, which Arrow fills in by itself. */
  static ArrowBuf allSet(int rows, BufferAllocator allocator) {
    return allocator.getEmpty();
  }
}
