package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * NumPy, PyArrow and nanoarrow inside CPython, which starts a JVM: see arrow_dlpack.py. What each
 * test there is to find was computed by them.
 */
class PythonVectorsTest {

  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void everyTypeThatIsATensorCrossesBothWaysAndThroughFiles(DeleterKind deleter)
      throws IOException {
    ChildProcess child = ChildProcess.run(command(deleter), TIMEOUT);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output())
        .contains("numpy_sees_every_number_that_python_wrote_and_java_read\n")
        .contains("any_record_batch_comes_back_through_tensors_as_it_was\n")
        .contains("what_has_no_tensor_is_refused_and_nothing_is_held\n");
  }

  private static List<String> command(DeleterKind deleter) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(PythonEnvironment.python().toString());
    command.add(PythonEnvironment.SCRIPTS.resolve("arrow_dlpack.py").toString());
    command.add(System.getProperty("java.home"));
    command.add(System.getProperty("java.class.path"));
    command.add(ChildJvm.deleterFlag(deleter));
    command.addAll(ChildJvm.crashFlags());
    return command;
  }
}
