package org.dlpack4j.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where the build put what it made of {@code src/test/c}. */
public final class NativeBuild {

  static final String PROPERTY = "org.dlpack4j.it.native";

  private NativeBuild() {}

  static Path folder() {
    return Path.of(System.getProperty(PROPERTY, "target/native")).toAbsolutePath();
  }

  /**
   * A file of the build, in whatever folder the generator chose.
   *
   * @param name such as {@code librude-consumer.so}
   */
  public static Path find(String name) {
    Path folder = folder();
    if (!Files.isDirectory(folder)) {
      throw missing(name, folder);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith(name) && Files.isRegularFile(file))
          .findFirst()
          .orElseThrow(() -> missing(name, folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static IllegalStateException missing(String name, Path folder) {
    return new IllegalStateException(
        "expected "
            + name
            + " under "
            + folder
            + " but found none; build it with cmake from src/test/c, or say where it is with -D"
            + PROPERTY);
  }
}
