package org.dlpack4j.it;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.DoubleDeletes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Consumers that delete more than once; see also the jcstress tests of the same number. */
@Tag("abuse-9")
class DoubleDeletesTest {

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void everyDeleteButTheFirstIsCountedAndNotObeyed(DeleterKind deleter) {
    ChildJvm.of(deleter, DoubleDeletes.class).runsWell();
  }
}
