package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.ArrowReleases;
import org.dlpack4j.it.child.CriticalDowncall;
import org.dlpack4j.it.child.DeleteAtExit;
import org.dlpack4j.it.child.NearlyFullStack;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What no upcall stub can survive, for which there is the shim. A JVM that passes one of these has
 * got better: then say so in the README.
 */
class KnownUpcallLimitsTest {

  /** A child that hangs is known by this alone. */
  private static final Duration UNTIL_HANGING = Duration.ofSeconds(4);

  private static final String NOT_ATTACHED = "Could not attach thread for upcall";
  private static final String WRONG_STATE = "wrong thread state for upcall";

  @Tag("abuse-4")
  @Test
  void anAtexitHandlerAfterReturnAborts() {
    assertAborted(exit("atexit", "return"), NOT_ATTACHED);
  }

  @Tag("abuse-4")
  @ParameterizedTest
  @ValueSource(strings = {"exit", "halt"})
  void anAtexitHandlerAfterExitOrHaltAborts(String end) {
    assertAborted(exit("atexit", end), WRONG_STATE);
  }

  @Tag("abuse-5")
  @ParameterizedTest
  @ValueSource(strings = {"return", "exit", "halt"})
  void aWorkerThatIsJoinedInAnAtexitHandlerHangs(String end) {
    assertHanging(run(UNTIL_HANGING, DeleteAtExit.class, "worker", end));
  }

  @Tag("abuse-4")
  @Test
  void anAtexitHandlerThatReleasesAnArrowArrayAborts() {
    ChildJvm child = ChildJvm.of(DeleterKind.UPCALL, ArrowReleases.class, "atexit", "exit");
    assertAborted(child.withArrow().run(), WRONG_STATE);
  }

  /** The shim has a stream's release alone: the rest reads from Java. */
  @Tag("abuse-4")
  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void anAtexitHandlerThatReadsAnArrowStreamAborts(DeleterKind deleter) {
    ChildJvm child = ChildJvm.of(deleter, ArrowReleases.class, "read", "exit");
    assertAborted(child.withArrow().run(), WRONG_STATE);
  }

  @Tag("abuse-6")
  @ParameterizedTest
  @ValueSource(strings = {"new-thread", "main-thread"})
  void aThreadThatIsNotAttachedAbortsAfterDestroyJavaVm(String thread) {
    assertAborted(embedded(thread, ChildJvm.TIMEOUT), NOT_ATTACHED);
  }

  @Tag("abuse-6")
  @Test
  void aThreadThatIsAttachedHangsAfterDestroyJavaVm() {
    assertHanging(embedded("old-thread", UNTIL_HANGING));
  }

  @Tag("abuse-7")
  @Test
  void aStormDuringExitEndsWellOnlyIfEveryThreadWasAttachedBefore() {
    ChildProcess child = exit("storm", "return");
    assertThat(child.exitCode() == 0 || child.output().contains(NOT_ATTACHED))
        .as("%s", child)
        .isTrue();
  }

  @Test
  void aCriticalDowncallAborts() {
    assertAborted(run(ChildJvm.TIMEOUT, CriticalDowncall.class), WRONG_STATE);
  }

  @Test
  void aNearlyFullStackExitsWithOne() {
    ChildProcess child = run(ChildJvm.TIMEOUT, NearlyFullStack.class);
    assertThat(child.exitCode()).as("%s", child).isEqualTo(1);
    assertThat(child.output()).contains("Uncaught exception", "java.lang.StackOverflowError");
  }

  private static ChildProcess exit(String how, String end) {
    return run(ChildJvm.TIMEOUT, DeleteAtExit.class, how, end);
  }

  private static ChildProcess run(Duration timeout, Class<?> main, Object... arguments) {
    return ChildJvm.of(DeleterKind.UPCALL, main, arguments).timeout(timeout).run();
  }

  private static ChildProcess embedded(String thread, Duration timeout) {
    return EmbeddedJvm.deletesAfterTheEnd(thread, DeleterKind.UPCALL, timeout);
  }

  private static void assertAborted(ChildProcess child, String reason) {
    assertThat(child.killed()).as("%s", child).isFalse();
    assertThat(child.exitCode()).isNotZero();
    assertThat(child.output()).contains("A fatal error has been detected", reason);
  }

  private static void assertHanging(ChildProcess child) {
    assertThat(child.killed()).as("%s", child).isTrue();
  }
}
