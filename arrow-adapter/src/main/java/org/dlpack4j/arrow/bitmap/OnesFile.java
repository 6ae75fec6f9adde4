package org.dlpack4j.arrow.bitmap;

import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.SystemCalls;
import org.jspecify.annotations.Nullable;

/** A file in memory, full of ones, as long as the largest bitmap has needed, and no longer than. */
final class OnesFile {

  /** Larger bitmaps are of the same pages many times over. */
  static final long MOST_BYTES = 32L << 20;

  private static final int MFD_CLOEXEC = 1;
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED = 1;

  private static @Nullable Pages pages;

  private OnesFile() {}

  /**
   * Pages of ones.
   *
   * @param fd the file that begins with them
   * @param bytes how much there is, at the most as much as was asked for
   */
  record Pages(int fd, long bytes) {}

  /** As many as are asked for, a power of two, or a part of it; null if there is no memory. */
  static synchronized @Nullable Pages pages(long bytes) {
    long wanted = Math.min(bytes, MOST_BYTES);
    Pages known = pages;
    if (known == null) {
      long fd = SystemCalls.memfdCreate("dlpack4j-ones", MFD_CLOEXEC);
      if (fd < 0) {
        return null;
      }
      known = new Pages((int) fd, 0);
      pages = known;
    }
    if (known.bytes < wanted) {
      if (!fill(known.fd, wanted)) {
        return null;
      }
      pages = new Pages(known.fd, wanted);
    }
    return new Pages(known.fd, wanted);
  }

  private static boolean fill(int fd, long bytes) {
    if (SystemCalls.fallocate(fd, 0, bytes) < 0) {
      return false;
    }
    long address = SystemCalls.mmap(0, bytes, PROT_READ_WRITE, MAP_SHARED, fd);
    if (address < 0) {
      return false;
    }
    Memory.fill(address, (byte) 0xFF, bytes);
    return SystemCalls.munmap(address, bytes) == 0;
  }
}
