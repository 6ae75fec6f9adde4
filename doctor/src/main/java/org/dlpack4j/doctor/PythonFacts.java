package org.dlpack4j.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What Python says of itself.
 *
 * @param program what was asked
 * @param answer to {@link #question}
 */
record PythonFacts(Path program, Answer answer) {

  /** One package has a name for each CUDA. */
  static final List<String> CUPY = List.of("cupy-cuda13x", "cupy-cuda12x", "cupy-cuda11x", "cupy");

  /**
   * Runs on every Python 3. Reads what is installed without importing it, as that takes seconds.
   */
  private static final String SCRIPT =
      """
      import sys
      print("version\\t%d.%d.%d" % sys.version_info[:3])
      print("executable\\t" + sys.executable)
      try:
          from importlib.metadata import PackageNotFoundError, version
      except ImportError:
          sys.exit()
      for name in sys.argv[1:]:
          try:
              print("%s\\t%s" % (name, version(name)))
          except PackageNotFoundError:
              pass
      """;

  static List<String> question(Path program) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "-c", SCRIPT));
    command.addAll(List.of("numpy", "py4j", "pyarrow", "torch", "jax", "dlpack4j"));
    command.addAll(CUPY);
    return command;
  }

  /** Why it cannot be used although it is there. */
  Optional<String> fault() {
    if (version().isPresent()) {
      return Optional.empty();
    }
    String said = answer.lines().isEmpty() ? "" : ": " + answer.lines().getLast();
    return Optional.of(answer.failure().orElse("did not say its version") + said);
  }

  Optional<String> version() {
    return answer.value("version");
  }

  /** The program behind what may be a wrapper. */
  String executable() {
    return answer.value("executable").orElse(program.toString());
  }

  Optional<String> packageVersion(String name) {
    return answer.value(name);
  }
}
