package org.dlpack4j.exporting;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.Assumptions;

/** The C library's own count of what large mallocs have not been freed. */
final class MappedByMalloc {

  /** {@code struct mallinfo2}: ten numbers, of which {@code hblkhd} is the fifth. */
  private static final MemoryLayout MALLINFO2 =
      MemoryLayout.structLayout(MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG));

  private static final int HBLKHD = 4;

  private MappedByMalloc() {}

  /** Skips the test where the C library is not glibc 2.33 or later. */
  @SuppressWarnings("restricted") // The descriptor is that of the manual page.
  static long bytes() {
    Linker linker = Linker.nativeLinker();
    MemorySegment function = linker.defaultLookup().find("mallinfo2").orElse(MemorySegment.NULL);
    Assumptions.assumeFalse(function.equals(MemorySegment.NULL), "this C library has no mallinfo2");
    MethodHandle mallinfo2 = linker.downcallHandle(function, FunctionDescriptor.of(MALLINFO2));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = (MemorySegment) mallinfo2.invokeExact((SegmentAllocator) arena);
      return info.getAtIndex(ValueLayout.JAVA_LONG, HBLKHD);
    } catch (Throwable e) {
      throw new AssertionError("mallinfo2 does not throw", e);
    }
  }
}
