package org.dlpack4j.doctor.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** System calls by number: older C libraries have no functions for the newer ones. */
enum SystemCall {
  CLOSE(3, 57),
  MMAP(9, 222),
  MUNMAP(11, 215),
  FCNTL(72, 25),
  FTRUNCATE(77, 46),
  OPENAT(257, 56),
  MEMFD_CREATE(319, 279),
  PIDFD_OPEN(434, 434);

  static final int EPERM = 1;

  private static final Map<Integer, String> ERRORS =
      Map.of(
          EPERM, "EPERM", 2, "ENOENT", 12, "ENOMEM", 13, "EACCES", 22, "EINVAL", 28, "ENOSPC", 38,
          "ENOSYS");
  private static final int MOST_ARGUMENTS = 6;

  private final long x86;
  private final long aarch64;

  SystemCall(long x86, long aarch64) {
    this.x86 = x86;
    this.aarch64 = aarch64;
  }

  /**
   * What the kernel said.
   *
   * @param value -1 if it refused
   * @param errno why it refused
   */
  record Result(SystemCall call, long value, int errno) {
    boolean isRefused() {
      return value == -1;
    }

    /** Such as {@code pidfd_open: ENOSYS}. */
    @Override
    public String toString() {
      return call.name().toLowerCase(Locale.ROOT)
          + (isRefused() ? ": " + ERRORS.getOrDefault(errno, "errno " + errno) : " worked");
    }
  }

  Result with(long... arguments) {
    long[] all = Arrays.copyOf(arguments, MOST_ARGUMENTS);
    long number = number(System.getProperty("os.name"), System.getProperty("os.arch"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Syscall.STATE);
      long value =
          (long)
              Syscall.HANDLE.invokeExact(
                  state, number, all[0], all[1], all[2], all[3], all[4], all[5]);
      return new Result(this, value, state.get(JAVA_INT, Syscall.ERRNO));
    } catch (Throwable e) {
      throw Library.unexpected(e);
    }
  }

  private long number(String system, String architecture) {
    return switch (system + " " + architecture) {
      case "Linux amd64" -> x86;
      case "Linux aarch64" -> aarch64;
      default ->
          throw new UnsupportedOperationException(
              "system calls: expected Linux on amd64 or aarch64 but found %s on %s"
                  .formatted(system, architecture));
    };
  }

  private static final class Syscall {
    static final StructLayout STATE = Linker.Option.captureStateLayout();
    static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));
    static final MethodHandle HANDLE = link();

    @SuppressWarnings("restricted") // long syscall(long number, ...), with words as arguments.
    private static MethodHandle link() {
      Linker linker = Linker.nativeLinker();
      FunctionDescriptor words =
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
              JAVA_LONG);
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow("syscall"),
          words,
          Linker.Option.firstVariadicArg(1),
          Linker.Option.captureCallState("errno"));
    }
  }
}
