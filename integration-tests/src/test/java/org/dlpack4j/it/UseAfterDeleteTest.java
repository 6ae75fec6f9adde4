package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.UseAfterDelete;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Java reads what a consumer has deleted, or what it has deleted itself. */
@Tag("abuse-24")
class UseAfterDeleteTest {

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void anArenaThatItsExportClosedRefusesReads(DeleterKind deleter) {
    ChildProcess child = ChildJvm.of(deleter, UseAfterDelete.class, "arena").runsWell();
    assertThat(child.output()).isEqualToIgnoringNewLines("refused: Already closed");
  }

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void memoryThatANativeOwnerQuarantinedFaults(DeleterKind deleter) {
    ChildProcess child = ChildJvm.of(deleter, UseAfterDelete.class, "quarantine").run();
    assertThat(child.exitCode()).as("%s", child).isNotZero();
    assertThat(child.output())
        .contains("read 1.0", "SIGSEGV", UseAfterDelete.class.getName() + ".readQuarantine")
        .doesNotContain("read again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"closed", "given", "owned"})
  void anImportedTensorRefusesReadsAfterItsEnd(String end) {
    ChildProcess child = ChildJvm.of(UseAfterDelete.class, end).runsWell();
    String refused = "refused: Already closed";
    assertThat(child.output().lines())
        .containsExactly("read 1.0", refused, refused, refused, refused);
  }

  @Test
  void anAddressOfAnImportedTensorFaultsAfterItsEnd() {
    ChildProcess child = ChildJvm.of(UseAfterDelete.class, "address").run();
    assertThat(child.exitCode()).as("%s", child).isNotZero();
    assertThat(child.output())
        .contains("read 1.0", "SIGSEGV", UseAfterDelete.class.getName() + ".readAddressOfImport")
        .doesNotContain("read again");
  }
}
