package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.dlpack4j.it.child.StartsPython;
import org.junit.jupiter.api.Test;

/** A JVM and Python, two processes, joined by Py4J: see py4j_sessions.py. */
class PythonSessionsTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final String LAST = "nothing_is_left_after_many_sessions\n";

  private static final Path SCRIPT = PythonEnvironment.SCRIPTS.resolve("py4j_sessions.py");

  @Test
  void javaStartsPython() throws IOException {
    ChildProcess child =
        ChildJvm.of(StartsPython.class, PythonEnvironment.pythonWithPackage(), SCRIPT)
            .withArrow()
            // For Arrow Java to read and write streams.
            .flags("--add-opens=java.base/java.nio=ALL-UNNAMED")
            .timeout(TIMEOUT)
            .runsWell();
    assertThat(child.output()).endsWith(LAST);
  }

  @Test
  void pythonStartsJava() throws IOException {
    List<String> command =
        List.of(
            PythonEnvironment.pythonWithPackage().toString(),
            SCRIPT.toString(),
            "launch",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            System.getProperty("java.class.path"));
    ChildProcess child = ChildProcess.run(command, TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output()).endsWith(LAST);
  }
}
