package org.dlpack4j.shim;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dlpack4j.shim.internal.MemoryFile;
import org.dlpack4j.shim.internal.NativeLibrary;

/**
 * Brings the library from the jar into the process: by a file in memory, which no {@code noexec}
 * mount or cleaner of temporary folders can spoil, else by the temporary folder.
 */
final class ShimLibrary {

  /** A library to load instead of the one in the jar. */
  static final String PROPERTY = "org.dlpack4j.shim.library";

  private static final Map<String, String> ARCHITECTURES =
      Map.of("amd64", "x86_64", "aarch64", "aarch64");

  private ShimLibrary() {}

  static NativeLibrary load() {
    NativeLibrary.requireAccess();
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      return loadChosen(chosen);
    }
    byte[] bytes = unpack(platform());
    List<String> failures = new ArrayList<>();
    try {
      return inMemory(bytes);
    } catch (IOException | UnsatisfiedLinkError e) {
      failures.add("from memory: " + reason(e));
    }
    try {
      return inTemporaryFolder(bytes);
    } catch (IOException | UnsatisfiedLinkError e) {
      failures.add("from the temporary folder: " + reason(e));
    }
    throw new UnsatisfiedLinkError(
        "native-shim: expected to load its library but found "
            + String.join("; ", failures)
            + "; choose a folder that allows execution with -Djava.io.tmpdir, or unpack the library"
            + " from the jar and name it with -D"
            + PROPERTY);
  }

  /** The message of a file's exception is often no more than its name. */
  private static String reason(Throwable e) {
    return e instanceof IOException ? e.toString() : String.valueOf(e.getMessage());
  }

  private static NativeLibrary loadChosen(String chosen) {
    try {
      return NativeLibrary.open(Path.of(chosen).toAbsolutePath(), chosen);
    } catch (UnsatisfiedLinkError e) {
      throw new UnsatisfiedLinkError(
          "native-shim: -D" + PROPERTY + ": expected a library but found " + e.getMessage());
    }
  }

  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = ARCHITECTURES.get(System.getProperty("os.arch"));
    if (!os.startsWith("linux") || arch == null) {
      throw new UnsatisfiedLinkError(
          "native-shim: expected Linux on x86-64 or aarch64 but found "
              + os
              + " on "
              + System.getProperty("os.arch"));
    }
    return "linux-" + arch;
  }

  private static byte[] unpack(String platform) {
    String name = platform + "/libdlpack4j-shim.so";
    try (InputStream resource = ShimLibrary.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new UnsatisfiedLinkError(
            "native-shim: expected "
                + name
                + " in the jar but found none: it was built on another platform;"
                + " build it on this one, or name a library with -D"
                + PROPERTY);
      }
      return resource.readAllBytes();
    } catch (IOException e) {
      throw new UnsatisfiedLinkError("native-shim: cannot read " + name + ": " + e);
    }
  }

  private static NativeLibrary inMemory(byte[] bytes) throws IOException {
    Path file = MemoryFile.create("dlpack4j-shim");
    Files.write(file, bytes);
    return NativeLibrary.open(file, "libdlpack4j-shim from the jar, loaded from memory");
  }

  private static NativeLibrary inTemporaryFolder(byte[] bytes) throws IOException {
    Path folder = Files.createTempDirectory("dlpack4j-");
    Path file = folder.resolve("libdlpack4j-shim.so");
    try {
      Files.write(file, bytes);
      return NativeLibrary.open(file, "libdlpack4j-shim from the jar, loaded from " + folder);
    } finally {
      // The loader has mapped it: nothing needs to stay behind.
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }
}
