package org.dlpack4j.memory;

import java.nio.file.Path;
import org.dlpack4j.internal.SystemCalls;

/** What segments ask of the kernel; tests put an older one in its place. */
class Kernel {

  static final int EINTR = 4;
  static final int ENOMEM = 12;
  static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int ENOSPC = 28;

  static final int MFD_CLOEXEC = 1;
  static final int MFD_ALLOW_SEALING = 2;
  static final int MFD_HUGETLB = 4;
  static final int MFD_NOEXEC_SEAL = 8;
  static final int MFD_HUGE_2MB = 21 << 26;

  static final int F_SEAL_SEAL = 1;
  static final int F_SEAL_SHRINK = 2;
  static final int F_SEAL_GROW = 4;
  static final int F_SEAL_FUTURE_WRITE = 16;

  static final int MADV_HUGEPAGE = 14;
  static final int MADV_COLLAPSE = 25;

  private static final int PROT_NONE = 0;
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED_FIXED = 0x01 | 0x10;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x02 | 0x20 | 0x4000;

  private static final AvailableMemory AVAILABLE_MEMORY = new AvailableMemory(Path.of("/"));

  boolean isAvailable() {
    return SystemCalls.AVAILABLE;
  }

  /** How much memory there may be left; more than there is, if anything. */
  long availableBytes() {
    return AVAILABLE_MEMORY.bytes();
  }

  long createFile(int flags) {
    return SystemCalls.memfdCreate("dlpack4j", flags);
  }

  long allocate(int fd, long offset, long bytes) {
    return SystemCalls.fallocate(fd, offset, bytes);
  }

  long addSeals(int fd, int seals) {
    return SystemCalls.addSeals(fd, seals);
  }

  /** Address space without memory, which {@link #map} may use. */
  long reserve(long bytes) {
    return SystemCalls.mmap(0, bytes, PROT_NONE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1);
  }

  /** Maps a file, in place of what is reserved there. */
  long map(long address, long bytes, int fd) {
    return SystemCalls.mmap(address, bytes, PROT_READ_WRITE, MAP_SHARED_FIXED, fd);
  }

  long unmap(long address, long bytes) {
    return SystemCalls.munmap(address, bytes);
  }

  long advise(long address, long bytes, int advice) {
    return SystemCalls.madvise(address, bytes, advice);
  }

  long close(int fd) {
    return SystemCalls.close(fd);
  }
}
