package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** PyArrow and nanoarrow inside CPython, which starts a JVM: see arrow_cdata.py. */
class PythonArrowTest {

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void everyTypeCrossesBothWaysWithAnyOffset(DeleterKind deleter) throws IOException {
    ChildProcess child = PythonEnvironment.runWithJvm("arrow_cdata.py", deleter);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output())
        .contains("every_slice_of_every_type_comes_back_as_it_was\n")
        .contains("what_arrow_java_cannot_hold_is_refused_and_stays_with_python\n");
  }
}
