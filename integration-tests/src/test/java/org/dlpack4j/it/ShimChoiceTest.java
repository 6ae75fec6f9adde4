package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.DeleterChoice;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which deleters a JVM gets, and what it says if they are not those that were asked for. */
@Tag("abuse-25")
class ShimChoiceTest {

  private static final String NATIVE = ChildJvm.deleterFlag(DeleterKind.NATIVE);
  private static final String LIBRARY = "-Dorg.dlpack4j.shim.library=";

  /** Offset of {@code e_machine} in an ELF header. */
  private static final int ELF_MACHINE = 18;

  private static final byte EM_S390 = 22;

  @TempDir private Path folder;

  @Test
  void theShimOnTheClassPathIsUsed() {
    assertThat(child().runsWell().output()).startsWith("NATIVE: libdlpack4j-shim from the jar");
  }

  @Test
  void theShimOnTheModulePathIsUsed() {
    ChildProcess child =
        onModulePath(child())
            .flags("--enable-native-access=org.dlpack4j,org.dlpack4j.shim")
            .runsWell();
    assertThat(child.output()).startsWith("NATIVE: libdlpack4j-shim from the jar");
  }

  @Test
  void upcallsThatWereAskedForAreReported() {
    ChildProcess child = child().flags(ChildJvm.deleterFlag(DeleterKind.UPCALL)).runsWell();
    assertThat(child.output()).contains("UPCALL: chosen by -Dorg.dlpack4j.deleter=upcall");
  }

  @Test
  void withoutTheShimTheFallbackToUpcallsIsReported() {
    ChildProcess child = withoutShim(child()).runsWell();
    assertThat(child.output())
        .contains("UPCALL: native-shim: expected the module org.dlpack4j.shim but found none")
        .contains("put native-shim.jar beside dlpack-core.jar");
  }

  @Test
  void withoutTheShimNativeDeletersAreRefusedWithWhatToDo() {
    ChildProcess child = withoutShim(child()).flags(NATIVE).run();
    assertRefused(child, "expected the module org.dlpack4j.shim but found none");
    assertThat(child.output()).contains("put native-shim.jar beside dlpack-core.jar");
  }

  @Test
  void aLibraryOfAnotherArchitectureIsRefusedByName() throws IOException {
    byte[] bytes = Files.readAllBytes(NativeBuild.find("librude-consumer.so"));
    bytes[ELF_MACHINE] = EM_S390;
    Path foreign = Files.write(folder.resolve("foreign.so"), bytes);
    assertRefused(child().flags(NATIVE, LIBRARY + foreign).run(), foreign.toString());
  }

  @Test
  void aBrokenLibraryIsRefusedByName() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.so"), "not a library");
    assertRefused(child().flags(NATIVE, LIBRARY + broken).run(), broken.toString());
  }

  @Test
  void aLibraryWithoutTheDeletersIsRefusedByTheirName() {
    Path other = NativeBuild.find("librude-consumer.so");
    ChildProcess child = child().flags(NATIVE, LIBRARY + other).run();
    assertThat(child.exitCode()).as("%s", child).isEqualTo(1);
    assertThat(child.output())
        .contains("UnsatisfiedLinkError: native-shim: expected the function dlpack4j_")
        .contains("in " + other + " but found none");
  }

  @Test
  void aMissingLibraryLeavesUpcallsAndTheReason() {
    Path missing = folder.resolve("missing.so");
    assertThat(child().flags(LIBRARY + missing).runsWell().output())
        .contains("UPCALL: native-shim: -Dorg.dlpack4j.shim.library: expected a library")
        .contains(missing.toString());
  }

  @Test
  void anUnknownChoiceIsRefusedWithTheKnownOnes() {
    ChildProcess child = child().flags("-Dorg.dlpack4j.deleter=quick").run();
    assertThat(child.exitCode()).isEqualTo(1);
    assertThat(child.output()).contains("expected auto, native or upcall but found quick");
  }

  private static ChildJvm child() {
    return ChildJvm.of(DeleterChoice.class);
  }

  private static ChildJvm withoutShim(ChildJvm child) {
    return child.classPath(ChildJvm.CORE, ChildJvm.TESTS);
  }

  static ChildJvm onModulePath(ChildJvm child) {
    return child
        .classPath(ChildJvm.TESTS)
        .modulePath(ChildJvm.CORE, ChildJvm.SHIM)
        .flags("--add-modules=org.dlpack4j,org.dlpack4j.shim");
  }

  private static void assertRefused(ChildProcess child, String reason) {
    assertThat(child.exitCode()).as("%s", child).isEqualTo(1);
    assertThat(child.output()).contains("UnsatisfiedLinkError: native-shim: ", reason);
  }
}
