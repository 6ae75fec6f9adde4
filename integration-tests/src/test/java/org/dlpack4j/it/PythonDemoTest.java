package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.dlpack4j.demo.PythonDemo;
import org.junit.jupiter.api.Test;

/** The half of {@code bin/demo} that needs a Python, with fewer rows. */
class PythonDemoTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final Path SCRIPT = Path.of("src", "main", "python", "demo.py").toAbsolutePath();

  @Test
  void showsAColumnInOneFileOnBothSidesAndNoCopies() throws IOException {
    ChildProcess child =
        ChildJvm.of(PythonDemo.class, PythonEnvironment.pythonWithPackage(), SCRIPT, 500_000)
            .withArrow()
            .flags("--add-opens=java.base/java.nio=ALL-UNNAMED")
            .timeout(TIMEOUT)
            .runsWell();
    assertThat(child.output())
        .contains(
            "made in Arrow: 500000 rows", "by Py4J's byte[], 0 MB of it: ", "turnover summed: ")
        .contains("bytes copied by Python: 0", "tensors copied by Java: 0")
        .contains("leases after Python has left: 0");
  }
}
