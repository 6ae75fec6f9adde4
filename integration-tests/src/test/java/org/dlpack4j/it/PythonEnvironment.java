package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dlpack4j.exporting.DeleterKind;

/**
 * A Python with the packages of {@code src/test/python/requirements.txt} and with our own, in a
 * folder of the build's. Another one, such as one that has PyTorch, too, can be named by a
 * property.
 */
final class PythonEnvironment {

  static final String PROPERTY = "org.dlpack4j.it.python";

  static final Path SCRIPTS = Path.of("src", "test", "python").toAbsolutePath();

  /** The package's sources, with its settings for the tools that check them. */
  static final Path PACKAGE = inPy4jAdapter("main");

  static final Path PACKAGE_TESTS = inPy4jAdapter("test");

  private static final List<Path> REQUIREMENTS =
      List.of(SCRIPTS.resolve("requirements.txt"), PACKAGE_TESTS.resolve("requirements.txt"));

  private static final Path FOLDER = Path.of("target", "python").toAbsolutePath();
  private static final Path PYTHON = FOLDER.resolve("bin").resolve("python");

  /** Holds the requirements that were installed. */
  private static final Path INSTALLED = FOLDER.resolve("installed.txt");

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static boolean hasPackage;

  private PythonEnvironment() {}

  private static Path inPy4jAdapter(String part) {
    return Path.of("..", "py4j-adapter", "src", part, "python").toAbsolutePath().normalize();
  }

  /** The interpreter; the test is skipped, with the reason, if it cannot be had. */
  static synchronized Path python() throws IOException {
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      return Path.of(chosen);
    }
    StringBuilder requirements = new StringBuilder();
    for (Path file : REQUIREMENTS) {
      requirements.append(Files.readString(file));
    }
    if (!Files.exists(INSTALLED) || !Files.readString(INSTALLED).contentEquals(requirements)) {
      hasPackage = false;
      have("python3", "-m", "venv", "--clear", FOLDER.toString());
      have(pip("install", "-r", REQUIREMENTS.getFirst().toString()));
      Files.writeString(INSTALLED, requirements);
    }
    return PYTHON;
  }

  /** The same, with our package as users would install it: from a wheel of what is there now. */
  static synchronized Path pythonWithPackage() throws IOException {
    Path python = python();
    if (!hasPackage && python.equals(PYTHON)) {
      installPackage();
      hasPackage = true;
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

  private static void installPackage() throws IOException {
    // Building leaves files beside the sources.
    Path copy = FOLDER.resolve("package");
    Path wheels = FOLDER.resolve("wheels");
    make("rm", "-rf", copy.toString(), wheels.toString());
    make("cp", "-r", PACKAGE.toString(), copy.toString());
    make(
        pip(
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            wheels.toString(),
            copy.toString()));
    try (Stream<Path> found = Files.list(wheels)) {
      String wheel = found.findFirst().orElseThrow().toString();
      make(pip("install", "--no-deps", "--force-reinstall", wheel));
    }
  }

  private static String[] pip(String what, String... arguments) {
    return Stream.concat(
            Stream.of(PYTHON.toString(), "-m", "pip", what, "--quiet"), Stream.of(arguments))
        .toArray(String[]::new);
  }

  /** What needs a Python and a package index, which need not be there. */
  private static void have(String... command) {
    try {
      ChildProcess child = ChildProcess.run(List.of(command), PATIENCE);
      if (child.exitCode() != 0) {
        abort("Python's packages cannot be had: " + child);
      }
    } catch (UncheckedIOException e) {
      abort(command[0] + " cannot be started: " + e.getMessage());
    }
  }

  /** What needs neither. */
  private static void make(String... command) {
    ChildProcess child = ChildProcess.run(List.of(command), PATIENCE);
    assertThat(child.exitCode()).as("%s", child).isZero();
  }
}
