package org.dlpack4j.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlpack4j.memory.SharedMemory;

/**
 * Something that a Python process measures, in nanoseconds: the median of as many as fit the time.
 *
 * @param script of {@code src/main/python}, which is started once and ends with this JVM
 * @param what the script is to measure
 */
record PythonMeasure(String script, String what) implements Measure {

  /** The interpreter; bin/bench sets it. */
  static final String PYTHON_PROPERTY = "org.dlpack4j.bench.python";

  /** The folder of the scripts; bin/bench sets it. */
  static final String SCRIPTS_PROPERTY = "org.dlpack4j.bench.scripts";

  private static final Map<String, Driver> DRIVERS = new HashMap<>();

  static PythonMeasure sessions(String what) {
    return new PythonMeasure("sessions.py", what);
  }

  static PythonMeasure inProcess(String what) {
    return new PythonMeasure("inprocess.py", what);
  }

  /** What is not here of all that is needed. */
  static Optional<String> lack() {
    String python = System.getProperty(PYTHON_PROPERTY, "");
    return Files.isExecutable(Path.of(python))
        ? SharedMemory.lack()
        : Optional.of(
            "expected a Python with NumPy, PyArrow, Py4J and JPype but found none; install"
                + " Python 3.10 or later with venv, and let pip reach its index");
  }

  /** Whether there is such a script. */
  static boolean has(String script) {
    String scripts = System.getProperty(SCRIPTS_PROPERTY);
    return scripts != null && Files.exists(Path.of(scripts, script));
  }

  /** What a script misses of what only it knows. */
  static Optional<String> lackOf(String script) {
    if (System.getProperty(PYTHON_PROPERTY) == null) {
      return Optional.of("expected a Python with NumPy but found none; name one by --python");
    }
    try {
      return Optional.of(driver(script).ask("lack")).filter(lack -> !lack.isEmpty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Driver driver(String script) {
    return DRIVERS.computeIfAbsent(script, Driver::start);
  }

  @Override
  public double measure(Effort.Run run) throws IOException {
    return Double.parseDouble(driver(script).ask(what + " " + run.iterations() * run.millis()));
  }

  /** A script at work: a line asks, a line answers, after those that comment on the comparison. */
  private record Driver(PrintWriter out, BufferedReader in) {

    @SuppressWarnings("StreamResourceLeak") // Both end with the process, and that with this JVM.
    static Driver start(String script) {
      try {
        Process process =
            new ProcessBuilder(
                    List.of(
                        System.getProperty(PYTHON_PROPERTY),
                        Path.of(System.getProperty(SCRIPTS_PROPERTY), script).toString(),
                        System.getProperty("java.home"),
                        System.getProperty("java.class.path"),
                        System.getProperty(Baselines.LIBRARY_PROPERTY, "")))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Driver(new PrintWriter(process.outputWriter(), true), process.inputReader());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String ask(String question) throws IOException {
      out.println(question);
      String answer = in.readLine();
      while (answer != null && answer.startsWith(Child.COMMENT + " ")) {
        Child.say(answer);
        answer = in.readLine();
      }
      if (answer == null) {
        throw new IOException("driver: expected an answer to " + question + " but it has ended");
      }
      return answer;
    }
  }
}
