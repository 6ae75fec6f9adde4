package org.dlpack4j.cudasim.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The library in the jar, and its functions. */
public final class SimulatorLibrary {

  private static final String NAME = "libcuda.so.1";

  private SimulatorLibrary() {}

  /**
   * Loads the library into this process.
   *
   * @throws IllegalStateException if another one of its name is loaded
   * @throws UnsatisfiedLinkError if there is none for this platform, or it cannot be loaded
   */
  @SuppressWarnings("restricted") // Its own library, from its own jar.
  public static void load() {
    requireNoOther();
    try {
      Path folder = Files.createTempDirectory("dlpack4j-cudasim-");
      Path file = folder.resolve(NAME);
      try {
        System.load(unpack(folder).toString());
      } finally {
        // The loader has mapped it and knows its name: nothing needs to stay behind.
        Files.deleteIfExists(file);
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cuda-simulator: expected a temporary folder to load " + NAME + " from", e);
    }
  }

  /** Programs would find the first one loaded, whatever comes after it. */
  private static void requireNoOther() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      Optional<String> other = maps.filter(line -> line.contains("/libcuda.so")).findFirst();
      if (other.isPresent()) {
        throw new IllegalStateException(
            "cuda-simulator: expected no CUDA driver in this process but found %s; load the simulator first"
                .formatted(other.get().substring(other.get().indexOf('/'))));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cuda-simulator: expected Linux's /proc", e);
    }
  }

  /**
   * Writes the library.
   *
   * @param folder where to
   * @return the file
   * @throws IOException if it cannot be written
   * @throws UnsatisfiedLinkError if there is none for this platform
   */
  public static Path unpack(Path folder) throws IOException {
    String name = "/org/dlpack4j/cudasim/linux-%s/%s".formatted(architecture(), NAME);
    try (InputStream resource = SimulatorLibrary.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new UnsatisfiedLinkError(
            "cuda-simulator: expected %s in the jar but found none: build it on this platform"
                .formatted(name));
      }
      Path file = folder.resolve(NAME);
      Files.copy(resource, file, StandardCopyOption.REPLACE_EXISTING);
      return file.toAbsolutePath();
    }
  }

  private static String architecture() {
    String architecture = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return architecture.equals("amd64") ? "x86_64" : architecture;
  }

  /**
   * A function of the library.
   *
   * @param name its name
   * @param descriptor as its header says
   * @return what calls it
   */
  @SuppressWarnings("restricted") // The descriptors are those of cudasim.h.
  public static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .downcallHandle(SymbolLookup.loaderLookup().findOrThrow(name), descriptor);
  }
}
