package org.dlpack4j.it;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.CriticalDowncall;
import org.dlpack4j.it.child.DrainOnFullStack;
import org.dlpack4j.it.child.NearlyFullStack;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * Places where the JVM must not be entered, or has no room: with the shim, consumers may delete.
 */
class DeletersInTightPlacesTest {

  @Test
  void aDeleterInsideACriticalDowncallReleasesOnce() {
    ChildJvm.of(DeleterKind.NATIVE, CriticalDowncall.class).runsWell();
  }

  @Test
  void aDeleterOnANearlyFullStackReleasesOnce() {
    ChildJvm.of(DeleterKind.NATIVE, NearlyFullStack.class).runsWell();
  }

  @RepeatedTest(3)
  void drainsOnANearlyFullStackLeaveNothingStuckAndReleaseNothingTwice() {
    ChildJvm.of(DeleterKind.NATIVE, DrainOnFullStack.class, "at-most-once").runsWell();
  }

  @Test
  void drainsOnANearlyFullStackCountWhatTheyCouldNotRelease() {
    ChildJvm.of(DeleterKind.NATIVE, DrainOnFullStack.class, "counted").runsWell();
  }
}
