package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dlpack4j.arrow.cdata.CDataAbi;
import org.dlpack4j.shim.ShimFunctions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our layouts of Arrow's structs against what a C compiler makes of the header in PyArrow. */
class ArrowAbiOracleTest {

  private static final String HEAD =
      """
      #include <stddef.h>
      #include <stdio.h>
      #include <arrow/c/abi.h>
      int main(void) {
      """;

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path folder;

  @Test
  void everySizeAndOffsetIsThatOfTheRealHeader() throws IOException {
    String include =
        run(
                PythonEnvironment.python().toString(),
                "-c",
                "import pyarrow; print(pyarrow.get_include())")
            .strip();
    Path source = Files.writeString(folder.resolve("facts.c"), program());
    Path executable = folder.resolve("facts");
    run("cc", "-I" + include, "-o", executable.toString(), source.toString());

    Map<String, Long> found = new LinkedHashMap<>();
    run(executable.toString())
        .lines()
        .map(line -> line.split("=", 2))
        .forEach(nameAndValue -> found.put(nameAndValue[0], Long.valueOf(nameAndValue[1])));
    assertThat(found).containsExactlyEntriesOf(CDataAbi.facts());
    assertThat(found).hasSizeGreaterThan(25);
  }

  @Test
  void theShimHasTheSameLayouts() {
    assertThat(new ShimFunctions().abi()).containsAllEntriesOf(CDataAbi.facts());
  }

  /** Prints every fact, under the same name. */
  private static String program() {
    return CDataAbi.facts().keySet().stream()
        .map(name -> "  printf(\"%%s=%%zu\\n\", \"%s\", %s);\n".formatted(name, expression(name)))
        .collect(Collectors.joining("", HEAD, "  return 0;\n}\n"));
  }

  private static String expression(String fact) {
    return fact.startsWith("sizeof ")
        ? fact.replace("sizeof ", "sizeof(struct ") + ")"
        : "offsetof(struct " + fact.replace(".", ", ") + ")";
  }

  private static String run(String... command) {
    ChildProcess child = ChildProcess.run(List.of(command), PATIENCE);
    assertThat(child.exitCode()).as("%s", child).isZero();
    return child.output();
  }
}
