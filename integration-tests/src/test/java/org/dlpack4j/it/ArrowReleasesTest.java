package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.ArrowReleases;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * C releases Arrow arrays, children that it moved out, schemas and streams where it may delete
 * tensors.
 */
class ArrowReleasesTest {

  @Tag("abuse-1")
  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void eachIsReleasedOnceOnForeignThreads(DeleterKind deleter) {
    endsSilently(deleter, "thread", "return");
  }

  @Tag("abuse-2")
  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void eachIsReleasedOnceInThreadExitDestructors(DeleterKind deleter) {
    endsSilently(deleter, "destructor", "return");
  }

  @Tag("abuse-1")
  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void eachIsReleasedOnceOnForeignThreadsOnceExitHasBegun(DeleterKind deleter) {
    endsSilently(deleter, "hook", "exit");
  }

  @Tag("abuse-4")
  @ParameterizedTest
  @ValueSource(strings = {"return", "exit", "halt"})
  void releasesInAtexitHandlersLeaveTheExitCodeAlone(String end) {
    endsSilently(DeleterKind.NATIVE, "atexit", end);
  }

  @Tag("abuse-5")
  @Test
  void aWorkerThatReleasesMayBeJoinedInAnAtexitHandler() {
    endsSilently(DeleterKind.NATIVE, "worker", "exit");
  }

  @Tag("abuse-7")
  @RepeatedTest(3)
  void aStormOfReleasesDuringExitLeavesTheExitCodeAlone() {
    endsSilently(DeleterKind.NATIVE, "storm", "exit");
  }

  private static void endsSilently(DeleterKind deleter, String how, String end) {
    ChildJvm child = ChildJvm.of(deleter, ArrowReleases.class, how, end).withArrow();
    assertThat(child.runsWell().output()).isEmpty();
  }
}
