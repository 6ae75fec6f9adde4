package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The package dlpack4j inside CPython, which starts a JVM: see inprocess.py. */
class PythonInProcessTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  @ParameterizedTest
  @CsvSource({"jpype, NATIVE", "jpype, UPCALL", "ctypes, NATIVE", "ctypes, UPCALL"})
  void tensorsGoBothWaysByTheirAddresses(String starter, DeleterKind deleter) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(PythonEnvironment.pythonWithPackage().toString());
    command.add(PythonEnvironment.SCRIPTS.resolve("inprocess.py").toString());
    command.add(starter);
    command.add(System.getProperty("java.home"));
    command.add(ChildJvm.joined(List.of(ChildJvm.CORE, ChildJvm.SHIM, ChildJvm.TESTS)));
    command.add(ChildJvm.deleterFlag(deleter));
    command.addAll(ChildJvm.crashFlags());
    ChildProcess child = ChildProcess.run(command, TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output()).endsWith("what_java_refuses_stays_with_python\n");
  }
}
