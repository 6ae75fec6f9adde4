package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.DeleterChoice;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** JVMs that deny native access to whom it was not granted. */
@Tag("abuse-25")
class NativeAccessTest {

  private static final String SHIM_FLAG = "--enable-native-access=\\S*org\\.dlpack4j\\.shim";

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void onTheClassPathTheMessageNamesTheFlag(DeleterKind deleter) {
    assertDenied(
        ChildJvm.of(deleter, DeleterChoice.class).withoutNativeAccess().run(),
        "--enable-native-access=ALL-UNNAMED");
  }

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void onTheModulePathTheMessageNamesTheFlag(DeleterKind deleter) {
    ChildJvm child = ShimChoiceTest.onModulePath(ChildJvm.of(deleter, DeleterChoice.class));
    assertDenied(child.withoutNativeAccess().run(), "--enable-native-access=org.dlpack4j");
  }

  @Test
  void aShimThatIsDeniedItIsRefusedWithItsFlag() {
    ChildProcess child = deniedShim().flags(ChildJvm.deleterFlag(DeleterKind.NATIVE)).run();
    assertThat(child.exitCode()).as("%s", child).isEqualTo(1);
    assertThat(child.output()).containsPattern(SHIM_FLAG);
  }

  @Test
  void aShimThatIsDeniedItLeavesUpcallsAndTheReason() {
    ChildProcess child = deniedShim().runsWell();
    assertThat(child.output())
        .contains("UPCALL: ")
        .containsPattern(SHIM_FLAG)
        .doesNotContain("java.io.tmpdir");
  }

  private static ChildJvm deniedShim() {
    return ShimChoiceTest.onModulePath(ChildJvm.of(DeleterChoice.class))
        .withoutNativeAccess()
        .flags("--enable-native-access=org.dlpack4j,ALL-UNNAMED");
  }

  private static void assertDenied(ChildProcess child, String flag) {
    assertThat(child.exitCode()).as("%s", child).isEqualTo(1);
    assertThat(child.output())
        .contains("native access, which this JVM denies", "start it with " + flag);
  }
}
