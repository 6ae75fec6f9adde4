package org.dlpack4j.it;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.AllocationFailure;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exports for which the system has no memory. */
@Tag("abuse-16")
class AllocationFailureTest {

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void anExportWithoutMemoryLeaksNothingAndExportsWorkAgainLater(DeleterKind deleter) {
    // A JVM that asks the system for nothing itself: no compilers, no growing heap.
    ChildJvm.of(deleter, AllocationFailure.class)
        .flags("-Xint", "-XX:+UseSerialGC", "-Xms256m", "-XX:+AlwaysPreTouch")
        .runsWell();
  }
}
