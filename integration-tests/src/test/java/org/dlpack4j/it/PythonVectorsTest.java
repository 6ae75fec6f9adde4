package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * NumPy, PyArrow and nanoarrow inside CPython, which starts a JVM: see arrow_dlpack.py and
 * arrow_columns.py. What each test there is to find was computed by them.
 */
class PythonVectorsTest {

  /** For Arrow Java's own streams. */
  private static final String OPENED = "--add-opens=java.base/java.nio=ALL-UNNAMED";

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void everyTypeThatIsATensorCrossesBothWaysAndThroughFiles(DeleterKind deleter)
      throws IOException {
    ChildProcess child = PythonEnvironment.runWithJvm("arrow_dlpack.py", deleter, OPENED);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output())
        .contains("numpy_sees_every_number_that_python_wrote_and_java_read\n")
        .contains("any_record_batch_comes_back_through_tensors_as_it_was\n")
        .contains("what_has_no_tensor_is_refused_and_nothing_is_held\n");
  }

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void everyTypeOfTheDocumentCrossesBothWaysBufferByBuffer(DeleterKind deleter) throws IOException {
    ChildProcess child = PythonEnvironment.runWithJvm("arrow_columns.py", deleter, OPENED);
    assertThat(child.exitCode()).as("%s", child).isZero();
    assertThat(child.output())
        .contains("any_types_in_one_another_go_to_pyarrow_by_their_buffers\n")
        .contains("any_slice_of_any_types_comes_from_pyarrow\n")
        .contains("no_type_of_the_document_is_missing\n");
  }
}
