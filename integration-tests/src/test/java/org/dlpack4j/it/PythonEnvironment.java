package org.dlpack4j.it;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.exporting.DeleterKind;

/**
 * A Python with the packages of {@code src/test/python/requirements.txt}, in a folder of the
 * build's. Another one, such as one that has PyTorch, too, can be named by a property.
 */
final class PythonEnvironment {

  static final String PROPERTY = "org.dlpack4j.it.python";

  static final Path SCRIPTS = Path.of("src", "test", "python").toAbsolutePath();

  private static final Path REQUIREMENTS = SCRIPTS.resolve("requirements.txt");
  private static final Path FOLDER = Path.of("target", "python").toAbsolutePath();

  /** Holds the requirements that were installed. */
  private static final Path INSTALLED = FOLDER.resolve("installed.txt");

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private PythonEnvironment() {}

  /** The interpreter; the test is skipped, with the reason, if it cannot be had. */
  static Path python() throws IOException {
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      return Path.of(chosen);
    }
    Path python = FOLDER.resolve("bin").resolve("python");
    String requirements = Files.readString(REQUIREMENTS);
    if (!Files.exists(INSTALLED) || !Files.readString(INSTALLED).equals(requirements)) {
      run("python3", "-m", "venv", "--clear", FOLDER.toString());
      run(python.toString(), "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS.toString());
      Files.writeString(INSTALLED, requirements);
    }
    return python;
  }

  /** Runs a script that starts a JVM with all that these tests have; see jvm.py. */
  static ChildProcess runWithJvm(String script, DeleterKind deleter, String... jvmOptions)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(python().toString());
    command.add(SCRIPTS.resolve(script).toString());
    command.add(System.getProperty("java.home"));
    command.add(System.getProperty("java.class.path"));
    command.add(ChildJvm.deleterFlag(deleter));
    command.addAll(ChildJvm.crashFlags());
    command.addAll(List.of(jvmOptions));
    return ChildProcess.run(command, PATIENCE);
  }

  private static void run(String... command) {
    try {
      ChildProcess child = ChildProcess.run(List.of(command), PATIENCE);
      if (child.exitCode() != 0) {
        abort("Python's packages cannot be had: " + child);
      }
    } catch (UncheckedIOException e) {
      abort(command[0] + " cannot be started: " + e.getMessage());
    }
  }
}
