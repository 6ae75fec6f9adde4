package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.dlpack4j.CountingOwner;
import org.junit.jupiter.api.Test;

/** Discarding looks at nothing that it does not need. */
class DiscardTest {

  @Test
  void followsNoPointerButThatToTheStruct() throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=/dev/null",
                "-cp",
                System.getProperty("java.class.path"),
                ChildOfDiscardTest.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      byte[] output = child.getInputStream().readAllBytes();
      assertThat(child.waitFor(CountingOwner.SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(new String(output, StandardCharsets.UTF_8).lines())
          .as("exit code %d", child.exitValue())
          .containsExactly(ChildOfDiscardTest.SURVIVED);
    } finally {
      child.destroyForcibly();
    }
  }
}
