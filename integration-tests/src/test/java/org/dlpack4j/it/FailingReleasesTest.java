package org.dlpack4j.it;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.FailingReleases;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Owners whose release does not end well. */
@Tag("abuse-8")
class FailingReleasesTest {

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void releasesThatThrowOrOverflowTheStackAreCountedAndTheJvmLives(DeleterKind deleter) {
    ChildJvm.of(deleter, FailingReleases.class).runsWell();
  }
}
