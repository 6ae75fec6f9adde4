package org.dlpack4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlpack4j.cudasim.CudaSimulator;

/** A program in a process of its own, for what cannot be undone. */
final class Program {

  /** The environment of one that wants the simulated driver. */
  static final Map<String, String> SIMULATED = Map.of("simulated", "true");

  private Program() {}

  /** What it printed, once it has ended well. */
  static String run(Class<?> program, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
    command.addAll(
        options.length > 0 ? List.of(options) : List.of("--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  static void loadIfAsked() {
    if (System.getenv("simulated") != null) {
      CudaSimulator.load();
    }
  }

  static void print(String line) {
    System.out.println(line);
  }
}
