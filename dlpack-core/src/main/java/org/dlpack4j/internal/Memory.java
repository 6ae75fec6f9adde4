package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** Native memory by address. */
public final class Memory {

  /**
   * All of the address space; an offset in it is an address. Only for memory of our own, and for
   * foreign memory that its owner cannot give back meanwhile.
   */
  public static final MemorySegment ALL = all();

  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;

  private static final int MADV_HUGEPAGE = 14;

  /** The size of a large page, on both platforms with usual settings. */
  public static final long LARGE_PAGE = 2L << 20;

  /** A loop over an int is unrolled, and one over a long is not. */
  private static final long WORDS_COUNTED_TOGETHER = 1 << 20;

  private Memory() {}

  @SuppressWarnings("restricted") // Every address used with it comes from this class.
  private static MemorySegment all() {
    return NativeAccess.granted(() -> MemorySegment.NULL.reinterpret(Long.MAX_VALUE));
  }

  /**
   * Zeroed memory that is never given back.
   *
   * @param bytes how much
   * @param alignment a power of two
   * @return its address
   * @throws OutOfMemoryError if the system has none
   */
  public static long reserve(long bytes, long alignment) {
    if (!NativeCalls.LINUX) {
      return Arena.global().allocate(bytes, alignment).address();
    }
    // Mapped, so that pages cost nothing until they are touched.
    long address = Mapping.map(Math.addExact(bytes, alignment));
    return (address + alignment - 1) & -alignment;
  }

  /**
   * Memory of somebody else that we hold, as a segment.
   *
   * @param address where it begins
   * @param bytes how much
   * @param arena as long as which the segment lives
   * @param readOnly whether the segment refuses to be written
   * @param atEnd what the arena does when it closes, null for nothing; it will if this returns, and
   *     not if this throws
   * @return the segment
   * @throws IllegalStateException if the arena is closed
   */
  @SuppressWarnings("restricted") // Callers pass what a validated tensor spans, while they own it.
  public static MemorySegment foreign(
      long address, long bytes, boolean readOnly, Arena arena, @Nullable Runnable atEnd) {
    MemorySegment any = MemorySegment.ofAddress(address);
    MemorySegment start = readOnly ? any.asReadOnly() : any;
    return NativeAccess.granted(
        () -> start.reinterpret(bytes, arena, atEnd == null ? null : ended -> atEnd.run()));
  }

  /**
   * All of the address space for as long as an arena is open; an offset in it is an address. Only
   * to be sliced to memory of somebody else that we hold.
   *
   * @param arena as long as which the segment and its slices live
   * @return the segment
   * @throws IllegalStateException if the arena is closed
   */
  public static MemorySegment everything(Arena arena) {
    return foreign(0, Long.MAX_VALUE, false, arena, null);
  }

  /**
   * C's malloc.
   *
   * @param bytes how much
   * @return its address, for {@link #free}
   * @throws OutOfMemoryError if there is none
   */
  public static long allocate(long bytes) {
    try {
      long address = (long) Heap.MALLOC.invokeExact(bytes);
      if (address == 0) {
        throw new OutOfMemoryError("malloc(" + bytes + ") returned NULL");
      }
      return address;
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * C's free.
   *
   * @param address from {@link #allocate}
   */
  public static void free(long address) {
    try {
      Heap.FREE.invokeExact(address);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * C's free as a function, for memory that is released without Java.
   *
   * @return its address
   */
  public static long freeFunction() {
    return Free.FUNCTION;
  }

  /**
   * C's memset to zero, which is about twice as fast as Java's for a few pages.
   *
   * @param address of memory of ours
   * @param bytes how much
   */
  public static void zero(long address, long bytes) {
    fill(address, (byte) 0, bytes);
  }

  /**
   * C's memset.
   *
   * @param address of memory of ours
   * @param value of every byte
   * @param bytes how much
   */
  public static void fill(long address, byte value, long bytes) {
    try {
      long ignored = (long) Heap.MEMSET.invokeExact(address, (int) value, bytes);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * Counts the bits that are set.
   *
   * @param address of the byte with the first of them, which is its lowest
   * @param bits how many to look at
   * @return how many of these are set
   */
  public static long countOnes(long address, long bits) {
    long at = address;
    long ones = 0;
    for (long words = bits / Long.SIZE; words > 0; ) {
      int together = (int) Math.min(words, WORDS_COUNTED_TOGETHER);
      ones += countOnesInWords(at, together);
      at += (long) together * Long.BYTES;
      words -= together;
    }
    for (long left = bits % Long.SIZE; left > 0; left -= Byte.SIZE) {
      int used = left < Byte.SIZE ? (1 << left) - 1 : 0xFF;
      ones += Integer.bitCount(ALL.get(JAVA_BYTE, at++) & used);
    }
    return ones;
  }

  private static long countOnesInWords(long address, int words) {
    long ones = 0;
    for (int word = 0; word < words; word++) {
      ones += Long.bitCount(ALL.get(JAVA_LONG_UNALIGNED, address + (long) word * Long.BYTES));
    }
    return ones;
  }

  /**
   * Asks for large pages, as touching new memory for the first time costs more than filling it. A
   * system that has none, or will not, is as it was.
   *
   * @param address where the memory begins, a multiple of {@link #LARGE_PAGE}
   * @param bytes how much of it
   */
  public static void preferLargePages(long address, long bytes) {
    if (NativeCalls.LINUX) {
      try {
        int ignored = (int) Advice.MADVISE.invokeExact(address, bytes, MADV_HUGEPAGE);
      } catch (Throwable e) {
        throw NativeCalls.unexpected(e);
      }
    }
  }

  /**
   * Memory that is there for as long as an arena is open.
   *
   * @param address where it begins
   * @param bytes how much
   * @param arena what ends the segment, not the memory
   * @return the segment
   */
  @SuppressWarnings("restricted") // Memory of our own, given back after the arena's end only.
  public static MemorySegment within(long address, long bytes, Arena arena) {
    return NativeAccess.granted(
        () -> MemorySegment.ofAddress(address).reinterpret(bytes, arena, null));
  }

  private static final class Free {
    static final long FUNCTION = NativeCalls.address("free");
  }

  private static final class Advice {
    static final MethodHandle MADVISE =
        NativeCalls.libc(
            "madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  }

  private static final class Heap {
    static final MethodHandle MEMSET =
        NativeCalls.libc(
            "memset", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG));
    static final MethodHandle MALLOC =
        NativeCalls.libc("malloc", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    static final MethodHandle FREE = NativeCalls.libc("free", FunctionDescriptor.ofVoid(JAVA_LONG));
  }

  private static final class Mapping {
    static final MethodHandle MMAP =
        NativeCalls.libc(
            "mmap",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));

    static long map(long bytes) {
      try {
        long address =
            (long) MMAP.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
        if (address == -1) {
          throw new OutOfMemoryError("mmap of " + bytes + " bytes failed");
        }
        return address;
      } catch (OutOfMemoryError e) {
        throw e;
      } catch (Throwable e) {
        throw NativeCalls.unexpected(e);
      }
    }
  }
}
