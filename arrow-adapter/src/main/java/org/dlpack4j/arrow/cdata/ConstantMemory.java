package org.dlpack4j.arrow.cdata;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.SystemCalls;

/**
 * Memory that many arrays share and nobody writes: bits that are all set, for arrays without nulls,
 * as an Arrow vector wants a validity buffer all the same; and zeros, for arrays without elements.
 *
 * <p>The ones are as many as the longest array has needed. They are mapped read-only where that can
 * be: a program that sets a null in an imported vector would else make nulls in all the others.
 */
final class ConstantMemory {

  /** At least 64 zero bytes. */
  static final long ZEROS = Memory.reserve(64, 64);

  private static final long FIRST_BYTES = 64 << 10;

  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;

  private static volatile Ones ones = new Ones(new long[0], new long[0]);

  private ConstantMemory() {}

  /**
   * All regions that there have been; the last one is the largest. Earlier ones stay for those who
   * use them.
   */
  @SuppressWarnings("ArrayRecordComponent") // Never handed out.
  private record Ones(long[] addresses, long[] bytes) {
    long largest() {
      return bytes.length == 0 ? 0 : bytes[bytes.length - 1];
    }
  }

  /** The address of so many bytes of ones. */
  static long ones(long bytes) {
    Ones known = ones;
    return bytes <= known.largest() && bytes != 0
        ? known.addresses[known.addresses.length - 1]
        : grown(bytes);
  }

  /** Whether an address is of memory that {@link #ones} gave. */
  static boolean isOnes(long address) {
    Ones known = ones;
    for (int i = 0; i < known.addresses.length; i++) {
      if (address >= known.addresses[i] && address < known.addresses[i] + known.bytes[i]) {
        return true;
      }
    }
    return false;
  }

  private static synchronized long grown(long bytes) {
    Ones known = ones;
    if (bytes > known.largest() || known.largest() == 0) {
      long size = Math.max(FIRST_BYTES, Long.highestOneBit(Math.max(bytes - 1, 1)) << 1);
      long[] addresses = Arrays.copyOf(known.addresses, known.addresses.length + 1);
      long[] sizes = Arrays.copyOf(known.bytes, known.bytes.length + 1);
      addresses[addresses.length - 1] = map(size);
      sizes[sizes.length - 1] = size;
      ones = new Ones(addresses, sizes);
      return addresses[addresses.length - 1];
    }
    return known.addresses[known.addresses.length - 1];
  }

  private static long map(long bytes) {
    long readOnly = SystemCalls.AVAILABLE ? mapReadOnly(bytes) : -1;
    return readOnly > 0 ? readOnly : fill(Memory.reserve(bytes, Long.BYTES), bytes);
  }

  /** By a file in memory that is mapped twice; negative if the system will not. */
  private static long mapReadOnly(long bytes) {
    long file = SystemCalls.memfdCreate("dlpack4j-ones", 0);
    if (file < 0) {
      return file;
    }
    try {
      int fd = (int) file;
      long failure = SystemCalls.fallocate(fd, 0, bytes);
      if (failure < 0) {
        return failure;
      }
      long writable = SystemCalls.mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
      if (writable < 0) {
        return writable;
      }
      fill(writable, bytes);
      long unmapped = SystemCalls.munmap(writable, bytes);
      return unmapped < 0 ? unmapped : SystemCalls.mmap(0, bytes, PROT_READ, MAP_SHARED, fd);
    } finally {
      long ignored = SystemCalls.close((int) file);
    }
  }

  private static long fill(long address, long bytes) {
    MemorySegment region = Memory.ALL.asSlice(address, bytes);
    region.fill((byte) 0xFF);
    return address;
  }
}
