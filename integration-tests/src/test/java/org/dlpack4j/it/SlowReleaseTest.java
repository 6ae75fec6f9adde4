package org.dlpack4j.it;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.SlowRelease;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Owners whose release takes long, or leaves its thread otherwise than it found it. */
class SlowReleaseTest {

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void aSlowReleaseDoesNotHoldUpTheNextManyTimesAsLong(DeleterKind deleter) {
    ChildJvm.of(deleter, SlowRelease.class, "slow").runsWell();
  }

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void aReleaseThatInterruptsItsThreadDoesNotDisturbTheNext(DeleterKind deleter) {
    ChildJvm.of(deleter, SlowRelease.class, "interrupt").runsWell();
  }
}
