package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the shim, tensors outlive the JVM that exported them. */
@Tag("abuse-6")
class DeletersAfterDestroyJavaVmTest {

  @ParameterizedTest
  @ValueSource(strings = {"new-thread", "main-thread", "old-thread"})
  void tensorsMayBeDeletedAfterTheJvmIsGone(String thread) {
    ChildProcess embedding =
        EmbeddedJvm.deletesAfterTheEnd(thread, DeleterKind.NATIVE, ChildJvm.TIMEOUT);
    assertThat(embedding.exitCode()).as("%s", embedding).isZero();
    assertThat(embedding.output()).contains("deleted 16 after DestroyJavaVM");
  }
}
