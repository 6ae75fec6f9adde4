package org.dlpack4j.shim.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** A file without a folder, by memfd_create. */
public final class MemoryFile {

  private static final int MFD_CLOEXEC = 1;
  private static final MethodHandle MEMFD_CREATE =
      Libc.link("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

  private MemoryFile() {}

  /**
   * Makes an empty one. Its descriptor stays open for good: the loader knows libraries by path, and
   * this keeps the path from ever meaning another file.
   *
   * @param name for people who look at the process's maps
   * @return a path that reaches it from this process
   * @throws IOException if the system has no such files
   */
  public static Path create(String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) MEMFD_CREATE.invokeExact(arena.allocateFrom(name), MFD_CLOEXEC);
      if (descriptor < 0) {
        throw new IOException("memfd_create failed");
      }
      return Path.of("/proc/self/fd/" + descriptor);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }
}
