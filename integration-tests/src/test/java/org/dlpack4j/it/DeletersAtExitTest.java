package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.DeleteAtExit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the shim, consumers may delete while the process exits. */
class DeletersAtExitTest {

  @Tag("abuse-4")
  @ParameterizedTest
  @ValueSource(strings = {"return", "exit", "halt"})
  void deletersInAtexitHandlersLeaveTheExitCodeAlone(String end) {
    exitsSilently("atexit", end);
  }

  @Tag("abuse-5")
  @ParameterizedTest
  @ValueSource(strings = {"return", "exit", "halt"})
  void aWorkerThatDeletesMayBeJoinedInAnAtexitHandler(String end) {
    exitsSilently("worker", end);
  }

  @Tag("abuse-7")
  @RepeatedTest(10)
  void aStormOfDeletersDuringExitLeavesTheExitCodeAlone() {
    exitsSilently("storm", "return");
  }

  private static void exitsSilently(String how, String end) {
    ChildProcess child = ChildJvm.of(DeleterKind.NATIVE, DeleteAtExit.class, how, end).runsWell();
    assertThat(child.output()).isEmpty();
  }
}
