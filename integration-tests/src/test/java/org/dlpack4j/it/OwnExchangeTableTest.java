package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.OwnExchangeTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** C calls our exchange table, with the shim and without. */
class OwnExchangeTableTest {

  private static final int WAYS_TO_FAIL = 20;

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void everyFailureReturnsMinusOneCallsSetErrorOnceAndWritesNothing(DeleterKind deleter) {
    assertThat(refusals(deleter).lines())
        .hasSize(WAYS_TO_FAIL)
        .allMatch(line -> line.contains(": result -1, SetError 1, written 0, "))
        .allMatch(line -> line.matches(".*(Value|Buffer|Memory)Error: \\w.*; .*"));
  }

  @Test
  void theShimSaysTheSameAsJava() {
    assertThat(refusals(DeleterKind.NATIVE)).isEqualTo(refusals(DeleterKind.UPCALL));
  }

  private static String refusals(DeleterKind deleter) {
    return ChildJvm.of(deleter, OwnExchangeTable.class, "refusals").runsWell().output();
  }

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void threadsAllocateAndFreeWhatOthersAllocated(DeleterKind deleter) {
    ChildJvm.of(deleter, OwnExchangeTable.class, "churn").runsWell();
  }

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void tensorsOutliveTheThreadsThatAllocatedThem(DeleterKind deleter) {
    ChildJvm.of(deleter, OwnExchangeTable.class, "threads").runsWell();
  }

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void tensorsAreFreedInAtexitHandlersAndTheExitCodeStays(DeleterKind deleter) {
    assertThat(ChildJvm.of(deleter, OwnExchangeTable.class, "exit").runsWell().output()).isEmpty();
  }
}
