package org.dlpack4j.importing;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** One readable page between two that fault when they are touched. Of Linux. */
@SuppressWarnings("restricted") // The descriptors are those of the manual pages.
final class Pages implements AutoCloseable {

  static final long SIZE = 4096;

  private static final int PROT_NONE = 0;
  private static final int PROT_READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;

  private static final MethodHandle MMAP =
      libc(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MPROTECT =
      libc("mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MUNMAP =
      libc("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  private final long base;

  Pages() {
    try {
      base = (long) MMAP.invokeExact(0L, 3 * SIZE, PROT_NONE, PRIVATE_ANONYMOUS, -1, 0L);
      if (base == -1 || (int) MPROTECT.invokeExact(start(), SIZE, PROT_READ_WRITE) != 0) {
        throw new AssertionError("mmap and mprotect are expected to work");
      }
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle libc(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  /** The first byte that can be read; the one before it cannot. */
  long start() {
    return base + SIZE;
  }

  /** The byte after the last that can be read. */
  long end() {
    return base + 2 * SIZE;
  }

  /** The last bytes of the page. */
  MemorySegment last(long bytes) {
    return MemorySegment.ofAddress(end() - bytes).reinterpret(bytes);
  }

  /** A copy that ends where the page does. */
  MemorySegment atEnd(MemorySegment source) {
    return last(source.byteSize()).copyFrom(source);
  }

  /** A copy whose last bytes are behind the page, and so are left out. */
  long acrossEnd(MemorySegment source, long bytesInside) {
    return last(bytesInside).copyFrom(source.asSlice(0, bytesInside)).address();
  }

  /** Numbers up to the end of the page. */
  long atEnd(long... numbers) {
    MemorySegment target = last((long) numbers.length * Long.BYTES);
    MemorySegment.copy(numbers, 0, target, JAVA_LONG, 0, numbers.length);
    return target.address();
  }

  @Override
  public void close() {
    try {
      int result = (int) MUNMAP.invokeExact(base, 3 * SIZE);
      if (result != 0) {
        throw new AssertionError("munmap is expected to work");
      }
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
