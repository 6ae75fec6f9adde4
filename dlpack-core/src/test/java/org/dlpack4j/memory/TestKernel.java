package org.dlpack4j.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.dlpack4j.internal.SystemCalls;

/**
 * The kernel of this machine, asked for files under a name of their own so that a test can count
 * its files and mappings, and made to fail like an older or a smaller one.
 */
class TestKernel extends Kernel {

  static final int ENOSYS = 38;

  private static final AtomicInteger NAMES = new AtomicInteger();

  private final String name = "dlpack4j-test-" + NAMES.incrementAndGet() + ".";
  private final Map<String, Integer> errors = new HashMap<>();
  private long available = Long.MAX_VALUE;
  private long uninterrupted = Long.MAX_VALUE;
  private int usedFlags;
  private int lackingFlags;
  private int lackingSeals;

  /** Every such call fails from now on; 0 ends it. */
  synchronized TestKernel failing(String call, int error) {
    errors.put(call, error);
    return this;
  }

  TestKernel withAvailable(long bytes) {
    available = bytes;
    return this;
  }

  /** Has signals that come so often that no more can be allocated between two. */
  TestKernel interruptedAfter(long bytes) {
    uninterrupted = bytes;
    return this;
  }

  /** All flags that files were asked for with. */
  int usedFlags() {
    return usedFlags;
  }

  TestKernel withoutFlags(int flags) {
    lackingFlags = flags;
    return this;
  }

  TestKernel withoutSeals(int seals) {
    lackingSeals = seals;
    return this;
  }

  private synchronized int error(String call) {
    return errors.getOrDefault(call, 0);
  }

  @Override
  boolean isAvailable() {
    return error("platform") == 0 && super.isAvailable();
  }

  @Override
  long availableBytes() {
    return Math.min(available, super.availableBytes());
  }

  @Override
  long createFile(int flags) {
    usedFlags |= flags;
    if ((flags & lackingFlags) != 0) {
      return -EINVAL;
    }
    int error = error("memfd_create");
    return error != 0 ? -error : SystemCalls.memfdCreate(name, flags);
  }

  @Override
  long allocate(int fd, long offset, long bytes) {
    int error = bytes > uninterrupted ? EINTR : error("fallocate");
    return error != 0 ? -error : super.allocate(fd, offset, bytes);
  }

  @Override
  long addSeals(int fd, int seals) {
    int error = (seals & lackingSeals) != 0 ? EINVAL : error("seal");
    return error != 0 ? -error : super.addSeals(fd, seals);
  }

  @Override
  long reserve(long bytes) {
    int error = error("reserve");
    return error != 0 ? -error : super.reserve(bytes);
  }

  @Override
  long map(long address, long bytes, int fd) {
    int error = error("map");
    return error != 0 ? -error : super.map(address, bytes, fd);
  }

  @Override
  long unmap(long address, long bytes) {
    long result = super.unmap(address, bytes);
    if (error("unmap") != 0) {
      throw new AssertionError("unmap");
    }
    return result;
  }

  @Override
  long advise(long address, long bytes, int advice) {
    int error = error("madvise");
    return error != 0 ? -error : super.advise(address, bytes, advice);
  }

  /** The descriptors that are open. */
  long files() {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(this::isOurs).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isOurs(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains(name);
    } catch (IOException e) {
      return false; // closed by another test since it was listed
    }
  }

  /** The mappings that there are. */
  long mappings() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(line -> line.contains(name)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
