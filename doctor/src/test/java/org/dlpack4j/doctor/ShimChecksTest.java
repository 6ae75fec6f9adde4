package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.dlpack4j.doctor.internal.Attempt;
import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShimChecksTest {

  private final FakeHost host = new FakeHost();

  @Test
  void nativeDeletersAreWell() {
    assertThat(ShimChecks.deleters(DeleterKind.NATIVE, "from the jar"))
        .isEqualTo(Verdict.ok("native: from the jar"));
  }

  @Test
  void upcallsThatWereChosenCanBeUnchosen() {
    Verdict verdict = ShimChecks.deleters(DeleterKind.UPCALL, "chosen by -D…");

    assertThat(verdict.state()).isEqualTo(State.DEGRADED);
    assertThat(verdict.found()).isEqualTo("upcall: chosen by -D…");
    assertThat(verdict.fix()).startsWith("leave -Dorg.dlpack4j.deleter out");
  }

  @Test
  void upcallsForWantOfTheShimAreToldByItsMessage() {
    Verdict verdict = ShimChecks.deleters(DeleterKind.UPCALL, "native-shim: put it there");

    assertThat(verdict.found()).isEqualTo("upcall: native-shim: put it there");
    assertThat(verdict.fix()).contains("do what the message says", "README");
  }

  @ParameterizedTest
  @CsvSource({"2.36, OK", "2.27, OK", "2.26, MISSING", "2.17, MISSING"})
  void glibcMustHaveFilesInMemory(String version, State state) throws InterruptedException {
    host.kernel.glibc = Optional.of(version);

    assertThat(verdict("C library").state()).isEqualTo(state);
    assertThat(verdict("C library").found()).startsWith("glibc " + version);
  }

  @Test
  void muslIsFoundByItsLoader() throws InterruptedException {
    host.kernel.glibc = Optional.empty();
    assertThat(verdict("C library").state()).isEqualTo(State.DEGRADED);

    host.files.put("/proc/self/maps", "7f00-7f01 r-xp 0 00:00 0 /lib/ld-musl-x86_64.so.1\n");
    assertThat(verdict("C library").state()).isEqualTo(State.OK);
    assertThat(verdict("C library").found()).startsWith("musl");
  }

  @Test
  void aFolderWithoutExecutionMattersToOthersOnly() throws InterruptedException {
    host.kernel.executable = new Attempt(false, "mmap: EPERM");

    assertThat(verdict("temporary folder").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("temporary folder").found())
        .startsWith("/tmp forbids execution (mmap: EPERM): the shim does not mind");
    assertThat(verdict("temporary folder").fix()).contains("-Djava.io.tmpdir=");
  }

  @ParameterizedTest
  @CsvSource({"cc, no C compiler", "cmake, no CMake"})
  void whatBuildsTheShimIsNamedIfItIsGone(String program, String found)
      throws InterruptedException {
    host.programs.remove(program);

    assertThat(verdict("C compiler and CMake").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("C compiler and CMake").found()).startsWith(found + " on the PATH");
  }

  private Verdict verdict(String check) throws InterruptedException {
    return host.verdict(Adapter.SHIM, check);
  }
}
