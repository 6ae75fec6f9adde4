package org.dlpack4j.gpucheck;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How processes are started on the machine that is checked.
 *
 * @param bundle what they are started from
 * @param cudf cuDF's jar, if it was given
 * @param python the interpreter, if there is one
 * @param simulator the folder of the simulated driver, if that is to be used
 * @param longRuns whether what takes minutes is wanted
 * @param comparisons whether comparisons are wanted where their times mean nothing
 */
record Host(
    Bundle bundle,
    Optional<Path> cudf,
    Optional<Path> python,
    Optional<Path> simulator,
    boolean longRuns,
    boolean comparisons) {

  private static final List<String> OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "-XX:-CreateCoredumpOnCrash",
          "-XX:+ErrorFileToStderr",
          "-ea");

  boolean isSimulated() {
    return simulator.isPresent();
  }

  /** A program that somebody has installed. */
  static Optional<Path> program(String name, String... moreFolders) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(
            Arrays.stream(path.split(File.pathSeparator, -1)), Arrays.stream(moreFolders))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A program in Java, on the driver that is to be used. */
  ProcessBuilder java(Class<?> main, String... arguments) {
    return onDriver(javaCommand(List.of(), main.getName(), arguments));
  }

  /** The tests of a module, which load the simulated driver themselves if they are to. */
  ProcessBuilder junit(Path tests, List<String> before) {
    // Where assertions are on, cuDF looks for nulls by kernels, which the simulated driver has not.
    String option = isSimulated() ? "-da:ai.rapids.cudf.AssertEmptyNulls" : "-Ddlpack4j.gpu=real";
    List<String> command = new ArrayList<>(before);
    command.addAll(javaCommand(List.of(option), JUnitRun.class.getName(), tests.toString()));
    return builder(command);
  }

  /** The comparisons of benchmarks, those of Python's, too, if it has what they need. */
  ProcessBuilder bench(List<String> names, boolean withPython) {
    List<String> options = new ArrayList<>();
    options.add("-Dorg.dlpack4j.bench.scripts=" + bundle.python().resolve("comparisons"));
    if (isSimulated()) {
      options.add("-Dorg.dlpack4j.bench.simulated=true");
    }
    if (withPython) {
      options.add("-Dorg.dlpack4j.bench.python=" + python.orElseThrow());
    }
    String family = isSimulated() ? "simulated." : "gpu.";
    Stream<String> arguments =
        Stream.concat(names.stream().map(family::concat), Stream.of("--quick"));
    return forPython(
        onDriver(
            javaCommand(options, "org.dlpack4j.bench.Bench", arguments.toArray(String[]::new))));
  }

  List<String> javaCommand(List<String> options, String main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(bundle.java().toString());
    command.addAll(OPTIONS);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), main));
    command.addAll(List.of(arguments));
    return command;
  }

  /** A script of the bundle. There must be a Python. */
  ProcessBuilder python(String script, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(python.orElseThrow().toString());
    command.add(bundle.python().resolve(script).toString());
    command.addAll(List.of(arguments));
    return forPython(onDriver(command));
  }

  private ProcessBuilder forPython(ProcessBuilder builder) {
    var environment = builder.environment();
    environment.put("PYTHONPATH", bundle.python() + ":" + bundle.python().resolve("site"));
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    environment.put("GPU_CHECK_JAVA_HOME", bundle.runtime().toString());
    environment.put("GPU_CHECK_CLASS_PATH", classPath());
    environment.put("GPU_CHECK_CUDF", cudf.map(Path::toString).orElse(""));
    environment.put("GPU_CHECK_SIMULATED", isSimulated() ? "1" : "");
    environment.put("GPU_CHECK_LONG", longRuns ? "1" : "");
    // JAX would take most of the device for itself.
    environment.put("XLA_PYTHON_CLIENT_PREALLOCATE", "false");
    return builder;
  }

  private String classPath() {
    return bundle.classPath() + cudf.map(jar -> ":" + jar).orElse("");
  }

  private ProcessBuilder onDriver(List<String> command) {
    ProcessBuilder builder = builder(command);
    simulator.ifPresent(folder -> builder.environment().put("LD_LIBRARY_PATH", folder.toString()));
    return builder;
  }

  private static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    return builder;
  }
}
