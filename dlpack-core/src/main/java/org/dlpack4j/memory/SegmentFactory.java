package org.dlpack4j.memory;

import static org.dlpack4j.memory.Kernel.F_SEAL_FUTURE_WRITE;
import static org.dlpack4j.memory.Kernel.F_SEAL_GROW;
import static org.dlpack4j.memory.Kernel.F_SEAL_SEAL;
import static org.dlpack4j.memory.Kernel.F_SEAL_SHRINK;
import static org.dlpack4j.memory.Kernel.MFD_ALLOW_SEALING;
import static org.dlpack4j.memory.Kernel.MFD_CLOEXEC;
import static org.dlpack4j.memory.Kernel.MFD_HUGETLB;
import static org.dlpack4j.memory.Kernel.MFD_HUGE_2MB;
import static org.dlpack4j.memory.Kernel.MFD_NOEXEC_SEAL;
import static org.dlpack4j.memory.SegmentTable.UNIT_BYTES;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Makes segments. The order matters: all memory is allocated first, so that no access can ever fail
 * for want of it; then comes our own mapping, which stays writable; then the seals, which keep the
 * file as large as it is and, for peers that only read, forbid every later way to write.
 */
final class SegmentFactory {

  private static final long LARGEST_STEP = 64L << 20;

  private final Kernel kernel;
  private final SharedMemoryOptions options;
  private final Set<String> degradations = new ConcurrentSkipListSet<>();

  SegmentFactory(Kernel kernel, SharedMemoryOptions options) {
    this.kernel = kernel;
    this.options = options;
  }

  /** Why there can be no segments here, and what to do; empty if there can. */
  static Optional<String> lack(Kernel kernel) {
    if (!kernel.isAvailable()) {
      return Optional.of(
          "shared memory: expected Linux on x86-64 or aarch64 but found %s on %s; use memory of an"
                  .formatted(System.getProperty("os.name"), System.getProperty("os.arch"))
              + " Arena, which other processes cannot map");
    }
    long file = createFile(kernel, 0);
    if (file < 0) {
      return Optional.of(
          "shared memory: expected files in memory but memfd_create failed with error "
              + -file
              + "; it needs Linux 3.17 or later and a sandbox that allows it, or use memory of an"
              + " Arena, which other processes cannot map");
    }
    kernel.close((int) file);
    return Optional.empty();
  }

  List<String> degradations() {
    return List.copyOf(degradations);
  }

  /**
   * Makes a segment and enters it into the table.
   *
   * @param bytes at least so many
   * @throws OutOfMemoryError if the system has no memory, no address space or no descriptor left
   */
  SharedSegment create(long bytes) {
    if (!options.hugePages()) {
      return finish(file(bytes), bytes, PageKind.NORMAL);
    }
    long whole = Math.ceilDiv(bytes, UNIT_BYTES) * UNIT_BYTES;
    // A peer that may write can also make holes, and there may be no reserved page to fill them.
    long reserved = options.peerAccess() == PeerAccess.READ_ONLY ? reservedFile(whole) : -1;
    return reserved >= 0
        ? finish((int) reserved, whole, PageKind.RESERVED_HUGE)
        : finish(file(whole), whole, PageKind.TRANSPARENT_HUGE);
  }

  private static long createFile(Kernel kernel, int flags) {
    int all = MFD_CLOEXEC | MFD_ALLOW_SEALING | flags;
    // Some systems insist on files that cannot be executed; older ones do not know the flag.
    long fd = kernel.createFile(all | MFD_NOEXEC_SEAL);
    return fd == -Kernel.EINVAL ? kernel.createFile(all) : fd;
  }

  /** A file that has all its memory. */
  private int file(long bytes) {
    requireAvailable(bytes);
    int fd = (int) checked("memfd_create", bytes, createFile(kernel, 0));
    long result = allocate(fd, bytes);
    if (result < 0) {
      kernel.close(fd);
    }
    checked("fallocate", bytes, result);
    return fd;
  }

  private void requireAvailable(long bytes) {
    long available = kernel.availableBytes();
    if (bytes > available) {
      throw new OutOfMemoryError(
          "shared memory: expected a segment of %d bytes but only %d are available"
                  .formatted(bytes, available)
              + "; close allocations or call trim()");
    }
  }

  /** The same from the huge pages that were set aside; negative if there are too few. */
  private long reservedFile(long bytes) {
    long fd = createFile(kernel, MFD_HUGETLB | MFD_HUGE_2MB);
    if (fd < 0) {
      return fd;
    }
    long result = allocate((int) fd, bytes);
    if (result < 0) {
      kernel.close((int) fd);
      return result;
    }
    return fd;
  }

  /** Gets all pages of a file, or returns an error. */
  private long allocate(int fd, long bytes) {
    long done = 0;
    long step = LARGEST_STEP;
    while (done < bytes) {
      long next = Math.min(step, bytes - done);
      long result = kernel.allocate(fd, done, next);
      if (result == 0) {
        done += next;
      } else if (result == -Kernel.EINTR) {
        // Many kernels then take all of this step back, so it has to fit between two signals of a
        // profiler.
        step = Math.max(step / 2, UNIT_BYTES);
      } else {
        return result;
      }
    }
    return 0;
  }

  private SharedSegment finish(int fd, long bytes, PageKind wanted) {
    long address = 0;
    SharedSegment segment = null;
    try {
      address = map(fd, bytes);
      PageKind pages = wanted == PageKind.TRANSPARENT_HUGE ? collapse(address, bytes) : wanted;
      boolean writeProtected = seal(fd, bytes);
      segment =
          new SharedSegment(
              kernel, fd, address, bytes, options.peerAccess(), writeProtected, pages);
      SegmentTable.add(segment);
      return segment;
    } catch (Throwable e) {
      if (segment != null) {
        segment.release(); // others may have located it already
      } else {
        if (address != 0) {
          kernel.unmap(address, bytes);
        }
        kernel.close(fd);
      }
      throw e;
    }
  }

  /** Maps a file at an address that the table can hold. */
  private long map(int fd, long bytes) {
    long space = checked("mmap", bytes, kernel.reserve(bytes + UNIT_BYTES));
    long address = (space + UNIT_BYTES - 1) & -UNIT_BYTES;
    long result = kernel.map(address, bytes, fd);
    if (result < 0) {
      kernel.unmap(space, bytes + UNIT_BYTES);
    }
    checked("mmap", bytes, result);
    if (address > space) {
      kernel.unmap(space, address - space);
    }
    // Never nothing, as less than a unit went before the mapping; sizes are whole pages everywhere.
    kernel.unmap(address + bytes, space + UNIT_BYTES - address);
    return address;
  }

  /** Has the kernel put huge pages together, now; asking for them alone is a hint at most. */
  private PageKind collapse(long address, long bytes) {
    kernel.advise(address, bytes, Kernel.MADV_HUGEPAGE);
    long result = kernel.advise(address, bytes, Kernel.MADV_COLLAPSE);
    if (result == 0) {
      return PageKind.TRANSPARENT_HUGE;
    }
    degraded(
        "huge pages: expected reserved or transparent ones but found neither (MADV_COLLAPSE: error "
            + -result
            + "); set vm.nr_hugepages, or use Linux 6.1 or later");
    return PageKind.NORMAL;
  }

  /** Returns whether the kernel keeps peers from writing. */
  private boolean seal(int fd, long bytes) {
    // The last one keeps peers from sealing, too.
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    if (options.peerAccess() == PeerAccess.READ_ONLY) {
      long result = kernel.addSeals(fd, seals | F_SEAL_FUTURE_WRITE);
      if (result != -Kernel.EINVAL) {
        checked("fcntl(F_ADD_SEALS)", bytes, result);
        return true;
      }
      degraded(
          "seals: expected F_SEAL_FUTURE_WRITE but this kernel does not know it, so peers could"
              + " write to what they should only read; use Linux 5.1 or later");
    }
    checked("fcntl(F_ADD_SEALS)", bytes, kernel.addSeals(fd, seals));
    return false;
  }

  private void degraded(String message) {
    if (degradations.add(message)) {
      System.getLogger("org.dlpack4j").log(Level.WARNING, message);
    }
  }

  private static long checked(String call, long bytes, long result) {
    if (result >= 0) {
      return result;
    }
    String message =
        "shared memory: expected a segment of %d bytes but %s failed with error %d"
            .formatted(bytes, call, -result);
    int error = (int) -result;
    if (error == Kernel.ENOMEM || error == Kernel.ENOSPC) {
      throw new OutOfMemoryError(message + ", no memory; close allocations or call trim()");
    }
    if (error == Kernel.EMFILE || error == Kernel.ENFILE) {
      throw new OutOfMemoryError(message + ", no descriptor left; raise ulimit -n");
    }
    throw new IllegalStateException(message);
  }
}
