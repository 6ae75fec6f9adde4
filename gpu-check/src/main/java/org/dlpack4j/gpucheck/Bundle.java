package org.dlpack4j.gpucheck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder that bin/lib/bundle.sh makes, on the machine that is checked.
 *
 * @param home where it is
 */
record Bundle(Path home) {

  /** Set by the script that starts the command. */
  static final String PROPERTY = "org.dlpack4j.gpucheck.home";

  static Bundle here() {
    String home = System.getProperty(PROPERTY);
    if (home == null) {
      throw new IllegalStateException(
          "-D%s: expected the folder of the bundle but found none; use its script run"
              .formatted(PROPERTY));
    }
    return new Bundle(Path.of(home));
  }

  Path runtime() {
    return home.resolve("runtime");
  }

  Path java() {
    return runtime().resolve("bin/java");
  }

  Path library() {
    return home.resolve("lib");
  }

  Path python() {
    return home.resolve("python");
  }

  /** The test classes of a module. */
  Path tests(String module) {
    return home.resolve("tests").resolve(module + ".jar");
  }

  /** All jars, named one by one: what embeds a JVM knows no stars. */
  String classPath() {
    return String.join(":", Stream.concat(jars("tests"), jars("lib")).map(Path::toString).toList());
  }

  /** Python's scripts that are run one by one, each a part. */
  List<Path> outOfProcess() {
    try (Stream<Path> found = Files.list(python().resolve("outofprocess"))) {
      return found.filter(path -> path.toString().endsWith(".py")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Stream<Path> jars(String folder) {
    try (Stream<Path> found = Files.list(home.resolve(folder))) {
      return found.filter(path -> path.toString().endsWith(".jar")).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
