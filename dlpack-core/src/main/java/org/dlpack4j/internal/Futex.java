package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Map;

/** Sleeping on a word of native memory, from which C can wake without knowing of the JVM. Linux. */
public final class Futex {

  private static final int WAIT_PRIVATE = 0 | 128;
  private static final int WAKE_PRIVATE = 1 | 128;
  private static final Map<String, Long> NUMBERS = Map.of("amd64", 202L, "aarch64", 98L);

  /** Whether this platform has it. */
  public static final boolean AVAILABLE =
      NativeCalls.LINUX && NUMBERS.containsKey(System.getProperty("os.arch"));

  private static final long NUMBER = NUMBERS.getOrDefault(System.getProperty("os.arch"), -1L);

  private Futex() {}

  /**
   * Sleeps while the word has a value, at most so long; may wake without a reason.
   *
   * @param address of a 4-aligned 32-bit word
   * @param expected the value
   * @param nanos how long at most
   */
  public static void await(long address, int expected, long nanos) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment timespec = arena.allocate(2 * JAVA_LONG.byteSize(), JAVA_LONG.byteAlignment());
      timespec.setAtIndex(JAVA_LONG, 0, nanos / 1_000_000_000);
      timespec.setAtIndex(JAVA_LONG, 1, nanos % 1_000_000_000);
      call(address, WAIT_PRIVATE, expected, timespec.address());
    }
  }

  /**
   * Wakes one thread that sleeps on the word.
   *
   * @param address of the word
   */
  public static void wake(long address) {
    call(address, WAKE_PRIVATE, 1, 0);
  }

  private static void call(long address, int operation, int value, long timeout) {
    try {
      long ignored = (long) Syscall.HANDLE.invokeExact(NUMBER, address, operation, value, timeout);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  private static final class Syscall {
    static final MethodHandle HANDLE =
        NativeCalls.libc(
            "syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
  }
}
