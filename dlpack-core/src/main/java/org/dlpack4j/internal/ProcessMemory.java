package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Reads memory of this process that may not be there: the kernel looks, and says so instead of
 * raising a signal. Linux.
 */
public final class ProcessMemory {

  /** Whether this system allows it. */
  public static final boolean AVAILABLE = NativeCalls.LINUX && Probe.works();

  private ProcessMemory() {}

  /**
   * Copies bytes.
   *
   * @param address where they may be
   * @param target where they go; its size says how many
   * @return false if not all of them are mapped and readable
   */
  public static boolean read(long address, MemorySegment target) {
    return Probe.read(address, target);
  }

  /**
   * Looks at one byte.
   *
   * @param address where it may be
   * @return false if it is not mapped or not readable
   */
  public static boolean isReadable(long address) {
    try (Arena arena = Arena.ofConfined()) {
      return read(address, arena.allocate(1));
    }
  }

  private static final class Probe {
    private static final MethodHandle READ =
        NativeCalls.libc(
            "process_vm_readv",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final int SELF = Math.toIntExact(ProcessHandle.current().pid());

    /** Some sandboxes forbid the call, and then it fails for memory that is there, too. */
    static boolean works() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment there = arena.allocateFrom(JAVA_INT, SELF);
        MemorySegment copy = arena.allocate(JAVA_INT);
        return read(there.address(), copy) && copy.get(JAVA_INT, 0) == SELF;
      }
    }

    static boolean read(long address, MemorySegment target) {
      try (Arena arena = Arena.ofConfined()) {
        long bytes = target.byteSize();
        MemorySegment to = arena.allocateFrom(JAVA_LONG, target.address(), bytes);
        MemorySegment from = arena.allocateFrom(JAVA_LONG, address, bytes);
        return (long) READ.invokeExact(SELF, to.address(), 1L, from.address(), 1L, 0L) == bytes;
      } catch (Throwable e) {
        throw NativeCalls.unexpected(e);
      }
    }
  }
}
