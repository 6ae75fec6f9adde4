package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Files in memory and their mappings, as the kernel offers them. Every method returns what the call
 * returned, or the error's number negated. Linux.
 */
public final class SystemCalls {

  /** The numbers of one processor's calls. */
  private record Numbers(
      int memfdCreate, int fallocate, int fcntl, int mmap, int munmap, int madvise, int close) {}

  private static final @Nullable Numbers NUMBERS =
      Map.of(
              "amd64", new Numbers(319, 285, 72, 9, 11, 28, 3),
              "aarch64", new Numbers(279, 47, 25, 222, 215, 233, 57))
          .get(System.getProperty("os.arch"));

  /** Whether this platform has them. */
  public static final boolean AVAILABLE = NativeCalls.LINUX && NUMBERS != null;

  private static final int F_ADD_SEALS = 1033;

  private SystemCalls() {}

  /**
   * {@code memfd_create}.
   *
   * @param name for people who look at the process's maps
   * @param flags {@code MFD_…}
   * @return the descriptor
   */
  public static long memfdCreate(String name, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(numbers().memfdCreate, arena.allocateFrom(name).address(), flags, 0, 0, 0, 0);
    }
  }

  /**
   * {@code fallocate}, so that the file has at least that size and those pages.
   *
   * @param fd the file
   * @param offset where they begin
   * @param bytes how much
   * @return 0
   */
  public static long fallocate(int fd, long offset, long bytes) {
    return call(numbers().fallocate, fd, 0, offset, bytes, 0, 0);
  }

  /**
   * {@code fcntl(F_ADD_SEALS)}.
   *
   * @param fd the file
   * @param seals {@code F_SEAL_…}
   * @return 0
   */
  public static long addSeals(int fd, int seals) {
    return call(numbers().fcntl, fd, F_ADD_SEALS, seals, 0, 0, 0);
  }

  /**
   * {@code mmap} from the file's start.
   *
   * @param address where, or 0
   * @param bytes how much
   * @param protection {@code PROT_…}
   * @param flags {@code MAP_…}
   * @param fd the file, or -1
   * @return the address
   */
  public static long mmap(long address, long bytes, int protection, int flags, int fd) {
    return call(numbers().mmap, address, bytes, protection, flags, fd, 0);
  }

  /**
   * {@code munmap}.
   *
   * @param address of memory that nobody uses
   * @param bytes how much
   * @return 0
   */
  public static long munmap(long address, long bytes) {
    return call(numbers().munmap, address, bytes, 0, 0, 0, 0);
  }

  /**
   * {@code madvise}.
   *
   * @param address of memory of ours
   * @param bytes how much
   * @param advice {@code MADV_…}
   * @return 0
   */
  public static long madvise(long address, long bytes, int advice) {
    return call(numbers().madvise, address, bytes, advice, 0, 0, 0);
  }

  /**
   * {@code close}.
   *
   * @param fd a descriptor that nobody uses
   * @return 0
   */
  public static long close(int fd) {
    return call(numbers().close, fd, 0, 0, 0, 0, 0);
  }

  private static Numbers numbers() {
    if (!AVAILABLE || NUMBERS == null) {
      throw new UnsupportedOperationException("system calls: expected Linux on x86-64 or aarch64");
    }
    return NUMBERS;
  }

  private static long call(long number, long a, long b, long c, long d, long e, long f) {
    try (Arena arena = Arena.ofConfined()) {
      return call(arena.allocate(Syscall.STATE), number, a, b, c, d, e, f);
    }
  }

  /** Memory for the error's number, for callers that call often. */
  static MemorySegment newState(Arena arena) {
    return arena.allocate(Syscall.STATE);
  }

  /** Any call, returning what it returned or the error's number negated. */
  static long call(
      MemorySegment state, long number, long a, long b, long c, long d, long e, long f) {
    try {
      long result = (long) Syscall.HANDLE.invokeExact(state, number, a, b, c, d, e, f);
      return result == -1 ? -(int) Syscall.ERRNO.get(state, 0L) : result;
    } catch (Throwable thrown) {
      throw NativeCalls.unexpected(thrown);
    }
  }

  private static final class Syscall {
    static final StructLayout STATE = Linker.Option.captureStateLayout();
    static final VarHandle ERRNO =
        STATE.varHandle(MemoryLayout.PathElement.groupElement("errno")).withInvokeExactBehavior();
    static final MethodHandle HANDLE =
        NativeCalls.libc(
            "syscall",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG),
            Linker.Option.firstVariadicArg(1),
            Linker.Option.captureCallState("errno"));
  }
}
