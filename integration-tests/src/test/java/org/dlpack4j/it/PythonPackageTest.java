package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The Python package by its own tests, and as the tools of Python's programmers see it. */
class PythonPackageTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(15);

  private static final String TESTS = PythonEnvironment.PACKAGE_TESTS.toString();
  private static final String SOURCES = PythonEnvironment.PACKAGE.toString();
  private static final String SETTINGS =
      PythonEnvironment.PACKAGE.resolve("pyproject.toml").toString();

  @Test
  void passesItsOwnTests() throws IOException {
    ChildProcess tests = run("pytest", "-q", "-p", "no:cacheprovider", TESTS);
    assertThat(tests.output()).containsPattern("\\d+ passed");
  }

  @Test
  void isWrittenAsItsLinterWants() throws IOException {
    run("ruff", "check", "--no-cache", "--config", SETTINGS, SOURCES);
    run("ruff", "format", "--check", "--no-cache", "--config", SETTINGS, SOURCES, TESTS);
  }

  @Test
  void itsTypesAreRight() throws IOException {
    run("mypy", "--config-file", SETTINGS, "--cache-dir", "/dev/null", SOURCES + "/src");
  }

  /** Runs a module, of Python's own or installed, which must end well. */
  private static ChildProcess run(String... arguments) throws IOException {
    Path python = PythonEnvironment.pythonWithPackage();
    List<String> command = new ArrayList<>(List.of(python.toString(), "-B", "-m"));
    command.addAll(List.of(arguments));
    ChildProcess child = ChildProcess.run(command, TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    return child;
  }
}
