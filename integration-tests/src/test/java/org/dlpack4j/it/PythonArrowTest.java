package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** PyArrow and nanoarrow inside CPython, which starts a JVM: see arrow_cdata.py. */
class PythonArrowTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void everyTypeCrossesBothWaysWithAnyOffset(DeleterKind deleter) throws IOException {
    ChildProcess child = ChildProcess.run(command(deleter), TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output())
        .contains("every_slice_of_every_type_comes_back_as_it_was\n")
        .contains("what_arrow_java_cannot_hold_is_refused_and_stays_with_python\n");
  }

  private static List<String> command(DeleterKind deleter) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(PythonEnvironment.python().toString());
    command.add(PythonEnvironment.SCRIPTS.resolve("arrow_cdata.py").toString());
    command.add(System.getProperty("java.home"));
    command.add(System.getProperty("java.class.path"));
    command.add(ChildJvm.deleterFlag(deleter));
    command.addAll(ChildJvm.crashFlags());
    return command;
  }
}
