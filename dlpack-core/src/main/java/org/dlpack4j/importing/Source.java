package org.dlpack4j.importing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.internal.ProcessMemory;

/** Where a snapshot reads from: the memory itself, or a copy that the kernel made. */
interface Source {

  /** What {@link #at} returns for memory that cannot be read. */
  long NOWHERE = 0;

  /** The memory itself. */
  Source DIRECT = (address, bytes) -> address;

  /** Where the bytes of an address can be read, or {@link #NOWHERE}. */
  long at(long address, long bytes);

  /** Copies, in an arena's memory. */
  static Source probing(Arena arena) {
    return (address, bytes) -> {
      MemorySegment copy = arena.allocate(bytes, Long.BYTES);
      return ProcessMemory.read(address, copy) ? copy.address() : NOWHERE;
    };
  }
}
