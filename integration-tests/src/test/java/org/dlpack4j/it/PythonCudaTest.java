package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.dlpack4j.cudasim.CudaSimulator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Memory of a GPU in a JVM and in Python, two processes on the simulated driver, or with {@code
 * -Ddlpack4j.gpu=real} on the machine's. What needs a GPU and its libraries says that it is
 * skipped.
 */
class PythonCudaTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final Pattern TEST = Pattern.compile("(?m)^@test\\ndef (\\w+)");

  @ParameterizedTest
  @ValueSource(strings = {"values", "memory", "libraries", "processes"})
  void whatOneHasOnAGpuTheOtherHasInPlace(String topic, @TempDir Path folder) throws IOException {
    Path script = PythonEnvironment.SCRIPTS.resolve("py4j_cuda_" + topic + ".py");
    List<String> command = new ArrayList<>();
    if (!"real".equals(System.getProperty("dlpack4j.gpu"))) {
      CudaSimulator.unpack(folder);
      command.addAll(List.of("env", "LD_LIBRARY_PATH=" + folder));
    }
    command.addAll(
        List.of(
            PythonEnvironment.pythonWithPackage().toString(),
            script.toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            System.getProperty("java.class.path")));
    ChildProcess child = ChildProcess.run(command, TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output().lines().map(line -> line.split(" ", 2)[0]))
        .as("%s", child)
        .containsExactlyElementsOf(tests(script));
  }

  /** So that none is left out without a word. */
  private static List<String> tests(Path script) throws IOException {
    return TEST.matcher(Files.readString(script)).results().map(test -> test.group(1)).toList();
  }
}
