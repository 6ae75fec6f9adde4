package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exchange APIs inside CPython, which starts a JVM: see exchange.py. */
class PythonExchangeTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void javaAndPythonExchangeTensorsByTheirTables(DeleterKind deleter) throws IOException {
    assertThat(output("all", deleter))
        .contains("java_takes_a_python_tensor_without_a_copy tvm_ffi\n")
        .endsWith("java_allocates_by_our_own_table\n");
  }

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void javaAndPytorchExchangeTensorsByTheirTables(DeleterKind deleter) throws IOException {
    String output = output("torch", deleter);
    assumeFalse(
        output.startsWith("skipped: "),
        () -> output + "name a Python that has it with -D" + PythonEnvironment.PROPERTY);
    assertThat(output).endsWith("torch_refuses_in_its_own_words\n");
  }

  private static String output(String what, DeleterKind deleter) throws IOException {
    ChildProcess child = ChildProcess.run(command(what, deleter), TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    return child.output();
  }

  private static List<String> command(String what, DeleterKind deleter) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(PythonEnvironment.python().toString());
    command.add(PythonEnvironment.SCRIPTS.resolve("exchange.py").toString());
    command.add(what);
    command.add(System.getProperty("java.home"));
    command.add(
        String.join(
            File.pathSeparator,
            Stream.of(ChildJvm.CORE, ChildJvm.SHIM, ChildJvm.TESTS).map(Path::toString).toList()));
    command.add("-D" + NativeBuild.PROPERTY + "=" + NativeBuild.folder());
    command.add(ChildJvm.deleterFlag(deleter));
    command.addAll(ChildJvm.crashFlags());
    return command;
  }
}
