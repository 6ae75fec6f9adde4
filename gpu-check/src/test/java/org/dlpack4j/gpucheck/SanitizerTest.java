package org.dlpack4j.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether compute-sanitizer works is tried, and what it says is the reason if not. */
class SanitizerTest {

  @TempDir private Path folder;

  private Host host =
      new Host(
          new Bundle(Path.of("")),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          false,
          false);

  @BeforeEach
  void makeBundle() throws IOException {
    for (String part : new String[] {"lib", "tests", "runtime/bin"}) {
      Files.createDirectories(folder.resolve(part));
    }
    // In the place of Java: the trial that it would run.
    program("runtime/bin/java", "printf 'gpu-check\\tend\\n'");
    host =
        new Host(
            new Bundle(folder), Optional.empty(), Optional.empty(), Optional.empty(), false, false);
  }

  @Test
  void oneThatRunsATrialWorks() throws IOException, InterruptedException {
    Path program = program("sanitizer", "shift 3; exec \"$@\"");
    assertThat(Sanitizer.probe(host, Optional.of(program)))
        .isEqualTo(new Message.Fact(Facts.SANITIZER, true, program.toString()));
  }

  @Test
  void oneThatMayNotLookIsMissingForItsOwnReason() throws IOException, InterruptedException {
    Path program = program("sanitizer", "echo '========= Device not supported'; exit 1");
    assertThat(Sanitizer.probe(host, Optional.of(program)))
        .isEqualTo(
            new Message.Fact(
                Facts.SANITIZER, false, "a trial ended with code 1:  Device not supported"));
  }

  @Test
  void withoutOneThatIsTheReason() throws IOException, InterruptedException {
    assertThat(Sanitizer.probe(host, Optional.empty()).text())
        .startsWith("expected it on the PATH or in /usr/local/cuda/bin");
  }

  private Path program(String name, String script) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "#!/bin/bash\n" + script + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
