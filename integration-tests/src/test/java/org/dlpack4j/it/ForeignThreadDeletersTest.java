package org.dlpack4j.it;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.ForeignThreads;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Consumers delete on threads that the JVM has not made. */
class ForeignThreadDeletersTest {

  @Tag("abuse-1")
  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void aDeleterOnAForeignThreadReleasesOnceAndLeavesNoThreadAttached(DeleterKind deleter) {
    ChildJvm.of(deleter, ForeignThreads.class, "one").runsWell();
  }

  @Tag("abuse-2")
  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void aDeleterInAThreadExitDestructorReleasesOnce(DeleterKind deleter) {
    ChildJvm.of(deleter, ForeignThreads.class, "destructor").runsWell();
  }

  @Tag("abuse-3")
  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void deletersFromTwoThousandShortLivedThreadsReleaseAllInBoundedMemory(DeleterKind deleter) {
    ChildJvm.of(deleter, ForeignThreads.class, "many").runsWell();
  }
}
