package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SystemCallsTest {

  private static final int EBADF = 9;
  private static final int EINVAL = 22;
  private static final int NO_FILE = 1 << 20;

  @BeforeAll
  static void needsLinux() {
    assumeThat(SystemCalls.AVAILABLE).isTrue();
  }

  @Test
  void makesAFileThatIsMappedSealedAndClosed() throws IOException {
    int fd = (int) SystemCalls.memfdCreate("dlpack4j-calls-test", 1 | 2);
    Path path = Path.of("/proc/self/fd/" + fd);
    assertThat(SystemCalls.fallocate(fd, 4096, 4096)).isZero();
    assertThat(Files.size(path)).isEqualTo(8192);
    assertThat(Files.readSymbolicLink(path)).asString().contains("dlpack4j-calls-test");

    long address = SystemCalls.mmap(0, 8192, 1 | 2, 1, fd);
    Memory.ALL.set(JAVA_BYTE, address + 8191, (byte) 42);
    assertThat(Files.readAllBytes(path)).hasSize(8192).endsWith(42);
    assertThat(SystemCalls.madvise(address, 8192, 14)).isIn(0L, (long) -EINVAL);
    assertThat(SystemCalls.addSeals(fd, 2 | 4)).isZero();
    assertThat(SystemCalls.munmap(address, 8192)).isZero();
    assertThat(SystemCalls.close(fd)).isZero();
  }

  @Test
  void returnsTheErrorNegated() {
    assertThat(SystemCalls.memfdCreate("x", -1)).isEqualTo(-EINVAL);
    assertThat(SystemCalls.fallocate(NO_FILE, 0, 1)).isEqualTo(-EBADF);
    assertThat(SystemCalls.addSeals(NO_FILE, 1)).isEqualTo(-EBADF);
    assertThat(SystemCalls.mmap(0, 4096, 1, 1, NO_FILE)).isEqualTo(-EBADF);
    assertThat(SystemCalls.munmap(1, 4096)).isEqualTo(-EINVAL);
    assertThat(SystemCalls.madvise(1, 4096, 14)).isEqualTo(-EINVAL);
    assertThat(SystemCalls.close(NO_FILE)).isEqualTo(-EBADF);
  }
}
