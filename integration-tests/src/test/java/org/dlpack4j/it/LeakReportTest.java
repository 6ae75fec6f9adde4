package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.DroppedAllocation;
import org.dlpack4j.it.child.DroppedHandle;
import org.dlpack4j.it.child.DroppedImport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors and shared memory that are lost while held. */
@Tag("abuse-23")
class LeakReportTest {

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void aDroppedHandleIsReportedWithItsSiteAndItsDeleterNotRun(DeleterKind deleter) {
    ChildProcess child =
        ChildJvm.of(deleter, DroppedHandle.class).flags("-Dorg.dlpack4j.leaks=sites").runsWell();
    assertThat(child.output())
        .contains("was dropped without transferOut() or close()", "exported here")
        .contains(DroppedHandle.class.getName() + ".dropOne");
  }

  @Test
  void withoutSitesTheReportSaysHowToGetThem() {
    ChildProcess child =
        ChildJvm.of(DroppedHandle.class).flags("-Dorg.dlpack4j.leaks=report").runsWell();
    assertThat(child.output())
        .contains("start with -Dorg.dlpack4j.leaks=sites")
        .doesNotContain("dropOne");
  }

  @Test
  void aDroppedImportIsReportedWithItsSiteAndItsDeleterNotRun() {
    ChildProcess child =
        ChildJvm.of(DroppedImport.class).flags("-Dorg.dlpack4j.leaks=sites").runsWell();
    assertThat(child.output())
        .contains("an imported tensor at 0x", "imported here", "its producer's deleter is never")
        .contains(DroppedImport.class.getName() + ".dropOne")
        .doesNotContain("endProperly")
        .contains("\nreported\n");
  }

  @Test
  void withoutSitesTheReportOfAnImportSaysHowToGetThem() {
    ChildProcess child =
        ChildJvm.of(DroppedImport.class).flags("-Dorg.dlpack4j.leaks=report").runsWell();
    assertThat(child.output())
        .contains("an imported tensor at 0x", "start with -Dorg.dlpack4j.leaks=sites")
        .doesNotContain("dropOne");
  }

  @Test
  void droppedSharedMemoryIsReportedWithItsSite() {
    ChildProcess child =
        ChildJvm.of(DroppedAllocation.class).flags("-Dorg.dlpack4j.leaks=sites").runsWell();
    assertThat(child.output())
        .contains("shared memory at 0x", "was dropped without close() or intoOwner()")
        .contains("its memory stays taken", "allocated here")
        .contains(DroppedAllocation.class.getName() + ".dropOne");
  }
}
