package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A short soak of sessions: see py4j_soak.py. 10,000 leases a tensor are for a quiet machine. */
class LeaseSoakTest {

  /** How many leases each of 1,000 tensors gets. */
  private static final String PROPERTY = "org.dlpack4j.it.leases";

  private static final Duration TIMEOUT = Duration.ofHours(1);

  @Test
  void leasesLeaveNothingBehind() throws IOException {
    List<String> command =
        List.of(
            PythonEnvironment.pythonWithPackage().toString(),
            PythonEnvironment.SCRIPTS.resolve("py4j_soak.py").toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            System.getProperty("java.class.path"),
            System.getProperty(PROPERTY, "40"),
            "2");
    ChildProcess child = ChildProcess.run(command, TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output()).contains("leases on 1000 tensors");
  }
}
