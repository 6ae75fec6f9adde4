package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlpack4j.abi.DlpackAbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our layouts against what a C compiler makes of the dlpack.h that a consumer ships. */
class AbiOracleTest {

  private static final String PACKAGE = "apache-tvm-ffi==0.1.15.post2";
  private static final Path DOWNLOADS = Path.of("target", "dlpack-header");
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @Test
  void everySizeAndOffsetIsThatOfTheRealHeader() throws IOException {
    extractHeader();
    Path source = Files.writeString(folder.resolve("facts.c"), program(DlpackAbi.facts()));
    Path executable = folder.resolve("facts");
    run("cc", "-I" + folder, "-o", executable.toString(), source.toString());

    Map<String, Long> found = new LinkedHashMap<>();
    run(executable.toString())
        .lines()
        .map(line -> line.split("=", 2))
        .forEach(nameAndValue -> found.put(nameAndValue[0], Long.valueOf(nameAndValue[1])));
    assertThat(found).containsExactlyEntriesOf(DlpackAbi.facts());
    assertThat(found).hasSizeGreaterThan(30);
  }

  @Test
  void ourVersionIsThatOfTheRealHeader() throws IOException {
    String header = Files.readString(extractHeader());
    assertThat(header)
        .contains("#define DLPACK_MAJOR_VERSION 1\n", "#define DLPACK_MINOR_VERSION 3\n");
  }

  /** Prints every fact, under the same name. */
  private static String program(Map<String, Long> facts) {
    return facts.keySet().stream()
        .map(name -> "  printf(\"%%s=%%zu\\n\", \"%s\", %s);\n".formatted(name, expression(name)))
        .collect(
            Collectors.joining(
                "",
                "#include <dlpack.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {\n",
                "  return 0;\n}\n"));
  }

  private static String expression(String fact) {
    return fact.startsWith("sizeof ")
        ? fact.replace("sizeof ", "sizeof(") + ")"
        : "offsetof(" + fact.replace(".", ", ") + ")";
  }

  private Path extractHeader() throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(wheel())) {
      return Files.copy(
          zip.getPath("tvm_ffi/include/dlpack/dlpack.h"),
          folder.resolve("dlpack.h"),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static Path wheel() throws IOException {
    Files.createDirectories(DOWNLOADS);
    if (findWheel().isEmpty()) {
      download();
    }
    return findWheel().orElseThrow();
  }

  private static Optional<Path> findWheel() throws IOException {
    try (Stream<Path> files = Files.list(DOWNLOADS)) {
      return files.filter(file -> file.toString().endsWith(".whl")).findFirst();
    }
  }

  private static void download() {
    List<String> command =
        List.of(
            "python3",
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--dest=" + DOWNLOADS,
            PACKAGE);
    ChildProcess pip = started(command);
    if (pip.exitCode() != 0) {
      abort("the real dlpack.h cannot be had: " + pip);
    }
  }

  private static ChildProcess started(List<String> command) {
    try {
      return ChildProcess.run(command, PATIENCE);
    } catch (UncheckedIOException e) {
      return abort(command.getFirst() + " cannot be started: " + e.getMessage());
    }
  }

  private static String run(String... command) {
    ChildProcess child = started(List.of(command));
    assertThat(child.exitCode()).as("%s", child).isZero();
    return child.output();
  }
}
