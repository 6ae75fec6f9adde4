package org.dlpack4j.doctor;

import static org.dlpack4j.doctor.CoreChecks.onLinux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.dlpack4j.doctor.internal.Attempt;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.exporting.Exports;

/** What the deleters in C need to be loaded, and to be built. */
final class ShimChecks {

  /** The first with a function memfd_create, which the shim is loaded from memory by. */
  private static final String OLDEST_GLIBC = "2.27";

  private static final Path MAPS = Path.of("/proc/self/maps");

  static final List<Check> ALL =
      List.of(
          new Check("deleters", ShimChecks::deleters),
          new Check("C library", onLinux(ShimChecks::libc)),
          new Check("temporary folder", onLinux(ShimChecks::temporaryFolder)),
          new Check("C compiler and CMake", ShimChecks::buildTools));

  private ShimChecks() {}

  private static Verdict deleters(Host host) {
    return deleters(Exports.deleterKind(), Exports.deleterDescription());
  }

  static Verdict deleters(DeleterKind kind, String why) {
    String found = kind.name().toLowerCase(Locale.ROOT) + ": " + why;
    return switch (kind) {
      case NATIVE -> Verdict.ok(found);
      case UPCALL ->
          Verdict.degraded(
              found,
              why.startsWith("chosen by ")
                  ? "leave -Dorg.dlpack4j.deleter out; native-shim is found by itself"
                  : "do what the message says; until then mind \"Which deleters\" in the README");
    };
  }

  private static Verdict libc(Host host) {
    Optional<String> glibc = host.kernel().glibcVersion();
    if (glibc.isPresent()) {
      return Version.of(glibc.get()).isAtLeast(OLDEST_GLIBC)
          ? Verdict.ok("glibc " + glibc.get() + "; the shim itself needs none")
          : Verdict.missing(
              "glibc " + glibc.get() + ", older than " + OLDEST_GLIBC,
              "use a system with glibc " + OLDEST_GLIBC + " or later, or with musl");
    }
    boolean musl = host.text(MAPS).orElse("").contains("ld-musl-");
    return musl
        ? Verdict.ok("musl; the shim itself needs no C library")
        : Verdict.degraded("neither glibc nor musl", "use a JDK for a system with one of them");
  }

  private static Verdict temporaryFolder(Host host) throws IOException {
    String folder = host.property("java.io.tmpdir");
    Attempt code = host.kernel().executableFile(Path.of(folder));
    if (code.works()) {
      return Verdict.ok(folder + " allows execution");
    }
    return Verdict.degraded(
        folder
            + " forbids execution ("
            + code.found()
            + "): the shim does not mind, but others unpack their libraries there",
        "for ONNX Runtime, JCuda and cuDF pass -Djava.io.tmpdir= and a folder that allows it");
  }

  private static Verdict buildTools(Host host) {
    Optional<Path> compiler =
        Stream.of("cc", "gcc", "clang").flatMap(name -> host.program(name).stream()).findFirst();
    Optional<Path> cmake = host.program("cmake");
    if (compiler.isPresent() && cmake.isPresent()) {
      return Verdict.ok(compiler.get() + ", " + cmake.get());
    }
    return Verdict.degraded(
        (compiler.isEmpty() ? "no C compiler" : "no CMake")
            + " on the PATH: native-shim cannot be built here",
        "install the packages gcc and cmake, or use a native-shim.jar built elsewhere");
  }
}
