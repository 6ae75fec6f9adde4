package org.dlpack4j.doctor.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel that these tests run on, which is a new one. */
class LinuxKernelTest {

  private final LinuxKernel kernel = new LinuxKernel();

  @TempDir private Path folder;

  @Test
  void keepsSealsAndKnowsThoseThatItDoesNotKnow() {
    int all = Kernel.F_SEAL_SHRINK | Kernel.F_SEAL_GROW | Kernel.F_SEAL_FUTURE_WRITE;

    assertThat(kernel.sealedMemoryFile(all).works()).isTrue();
    assertThat(kernel.sealedMemoryFile(1 << 20))
        .isEqualTo(Attempt.failed("F_ADD_SEALS: fcntl: EINVAL"));
  }

  @Test
  void hasProcessDescriptors() {
    assertThat(kernel.processDescriptor()).isEqualTo(Attempt.worked("pidfd_open worked"));
  }

  @Test
  void mapsCodeFromAnOrdinaryFolderAndLeavesNothingThere() throws IOException {
    assertThat(kernel.executableFile(folder).works()).isTrue();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void leavesNoDescriptorsOpen() throws IOException {
    kernel.sealedMemoryFile(Kernel.F_SEAL_SHRINK);
    kernel.hugeMemoryFile();
    kernel.processDescriptor();
    kernel.executableFile(folder);

    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      assertThat(descriptors.map(LinuxKernelTest::target))
          .isNotEmpty()
          .noneMatch(target -> target.contains("dlpack4j-doctor") || target.contains("pidfd"));
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "closed since it was listed";
    }
  }

  @Test
  void theVersionOfGlibcIsThatOfGetconf() throws IOException {
    Process getconf = new ProcessBuilder("getconf", "GNU_LIBC_VERSION").start();
    String said = new String(getconf.getInputStream().readAllBytes(), US_ASCII).strip();

    assertThat(kernel.glibcVersion().map(version -> "glibc " + version)).contains(said);
  }
}
