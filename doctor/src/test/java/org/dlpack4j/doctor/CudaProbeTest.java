package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The real probe, with a driver of ours instead of NVIDIA's. */
class CudaProbeTest {

  private static final Path DRIVER = Path.of("target/native").toAbsolutePath();
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void everyGpuIsNamedWithItsUuid() throws InterruptedException {
    CudaFacts cuda = ask("answer", LONG);

    assertThat(cuda.libraryFault()).isEmpty();
    assertThat(cuda.fault()).isEmpty();
    assertThat(cuda.versionText()).isEqualTo("13.1");
    assertThat(cuda.gpus())
        .containsExactly(
            "First Fake, GPU-00010203-0405-0607-0809-0a0b0c0d0e0f",
            "Second Fake, GPU-10111213-1415-1617-1819-1a1b1c1d1e1f");
  }

  @Test
  void aDriverThatRefusesIsToldByItsErrorsName() throws InterruptedException {
    CudaFacts cuda = ask("refuse", LONG);

    assertThat(cuda.versionText()).isEqualTo("13.1");
    assertThat(cuda.fault()).contains("cuInit: CUDA_ERROR_NO_DEVICE");
    assertThat(cuda.gpus()).isEmpty();
  }

  @Test
  void aDriverThatCrashesTakesOnlyTheProbeAlong() throws InterruptedException {
    CudaFacts cuda = ask("crash", LONG);

    assertThat(cuda.versionText()).isEqualTo("13.1");
    assertThat(cuda.fault()).contains("the process that asked it ended with exit code 134");
  }

  @Test
  void aDriverThatHangsIsGivenUp() throws InterruptedException {
    // Long enough to load it, on any machine that runs tests; what counts is that it ends.
    CudaFacts cuda = ask("hang", Duration.ofSeconds(3));

    assertThat(cuda.fault()).contains("the process that asked it did not answer in time");
  }

  @Test
  void withoutADriverTheLoadersReasonIsGiven() throws InterruptedException {
    List<String> command = new ArrayList<>(ThisHost.jvm(CudaProbe.class, List.of()));
    command.addFirst("LD_LIBRARY_PATH=" + DRIVER.resolve("CMakeFiles"));
    command.addFirst("env");
    try (Inquiry inquiry = Inquiry.start(command, LONG)) {
      CudaFacts cuda = CudaFacts.of(inquiry.answer());

      // A machine with a GPU has one.
      assertThat(cuda.libraryFault().isPresent()).isNotEqualTo(cuda.version() > 0);
      cuda.libraryFault().ifPresent(fault -> assertThat(fault).startsWith("libcuda.so.1: "));
    }
  }

  private static CudaFacts ask(String behaviour, Duration timeout) throws InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("env", "FAKE_CUDA=" + behaviour, "LD_LIBRARY_PATH=" + DRIVER));
    command.addAll(ThisHost.jvm(CudaProbe.class, List.of()));
    try (Inquiry inquiry = Inquiry.start(command, timeout)) {
      return CudaFacts.of(inquiry.answer());
    }
  }
}
