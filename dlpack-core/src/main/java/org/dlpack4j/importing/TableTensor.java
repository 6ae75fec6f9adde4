package org.dlpack4j.importing;

import java.lang.foreign.MemorySegment;

/** Part of a table, and as long-lived: whoever holds the table sees to the deleter. */
final class TableTensor extends ScopedTensor {

  /** All of the address space, for as long as the table is held; its tensors share it. */
  private final MemorySegment everything;

  /** Dimensions are as {@link Snapshot#dimensions} gives them, and may be another tensor's too. */
  TableTensor(Examination examination, long[] dimensions, MemorySegment everything) {
    super(examination, dimensions, everything.scope());
    this.everything = everything;
  }

  /** The same. */
  TableTensor(PlainVector vector, long[] dimensions, MemorySegment everything) {
    super(vector, dimensions, everything.scope());
    this.everything = everything;
  }

  /** Made when asked for: most columns are asked once or never, and it costs little. */
  @Override
  MemorySegment memory() {
    MemorySegment bytes = everything.asSlice(lowAddress(), byteSize());
    return isReadOnly() ? bytes.asReadOnly() : bytes;
  }
}
