package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** A limit on how much this process may map, until it is closed. */
final class AddressSpace implements AutoCloseable {

  private static final int RLIMIT_AS = 9;
  private static final MethodHandle GETRLIMIT = link("getrlimit");
  private static final MethodHandle SETRLIMIT = link("setrlimit");

  private final long before;

  private AddressSpace(long before) {
    this.before = before;
  }

  /** Only so many bytes more than there are. */
  static AddressSpace limitedTo(long more) {
    AddressSpace limit = new AddressSpace(setSoftLimit(Long.MAX_VALUE));
    setSoftLimit(mappedBytes() + more);
    return limit;
  }

  @Override
  public void close() {
    setSoftLimit(before);
  }

  private static long mappedBytes() {
    try {
      String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", 2)[0];
      return Long.parseLong(pages) * 4096;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the limit before. */
  private static long setSoftLimit(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocate(JAVA_LONG, 2);
      Expect.equal("getrlimit", 0, (int) GETRLIMIT.invokeExact(RLIMIT_AS, limit));
      long before = limit.get(JAVA_LONG, 0);
      limit.set(JAVA_LONG, 0, bytes);
      Expect.equal("setrlimit", 0, (int) SETRLIMIT.invokeExact(RLIMIT_AS, limit));
      return before;
    } catch (IllegalStateException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a native call does not throw", e);
    }
  }

  @SuppressWarnings("restricted") // The descriptor is that of getrlimit(2).
  private static MethodHandle link(String name) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  }
}
