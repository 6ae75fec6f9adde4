package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.cudasim.CudaSimulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Memory of a GPU in a JVM and in Python, two processes on the simulated driver, or with {@code
 * -Ddlpack4j.gpu=real} on the machine's. What needs a GPU and its libraries says that it is
 * skipped.
 */
class PythonCudaTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final Path SCRIPT = PythonEnvironment.SCRIPTS.resolve("py4j_cuda.py");

  @Test
  void whatOneHasOnAGpuTheOtherHasInPlace(@TempDir Path folder) throws IOException {
    List<String> command = new ArrayList<>();
    if (!"real".equals(System.getProperty("dlpack4j.gpu"))) {
      CudaSimulator.unpack(folder);
      command.addAll(List.of("env", "LD_LIBRARY_PATH=" + folder, "CUDASIM_DEVICES=2"));
    }
    command.addAll(
        List.of(
            PythonEnvironment.pythonWithPackage().toString(),
            SCRIPT.toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            System.getProperty("java.class.path")));
    ChildProcess child = ChildProcess.run(command, TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output()).endsWith("views_outlive_the_jvm\n");
  }
}
