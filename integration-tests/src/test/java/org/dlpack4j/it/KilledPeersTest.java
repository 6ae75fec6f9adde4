package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** kill -9 of either side of a session: see py4j_kills.py. */
class KilledPeersTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(15);

  /** Kills at any moment; those at every packet come to about 130 more. */
  private static final int MOMENTS = 20;

  @Test
  void whoIsLeftHasNothingOfTheOtherAndGoesOn() throws IOException {
    List<String> command =
        List.of(
            PythonEnvironment.pythonWithPackage().toString(),
            PythonEnvironment.SCRIPTS.resolve("py4j_kills.py").toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            System.getProperty("java.class.path"),
            Integer.toString(MOMENTS));
    ChildProcess child = ChildProcess.run(command, TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output()).endsWith("the_jvm_dies_at_any_moment\n");
  }
}
