package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoreChecksTest {

  private final FakeHost host = new FakeHost();

  @Test
  void exportsAndImportsReallyHappen() throws InterruptedException {
    assertThat(verdict("export").found()).contains("deleter called, owner released");
    assertThat(verdict("import").found()).contains("adopted, read in place, deleted");
    assertThat(verdict("export").state()).isEqualTo(State.OK);
    assertThat(verdict("import").state()).isEqualTo(State.OK);
  }

  @ParameterizedTest
  @CsvSource({"25.0.3+9-LTS, OK", "25.0.2+10, DEGRADED", "25+36-3489, DEGRADED", "26+1, OK"})
  void theJdkIsWellFromTheTestedVersionOn(String version, State state) throws InterruptedException {
    host.properties.put("java.runtime.version", version);

    assertThat(verdict("JDK").state()).isEqualTo(state);
    assertThat(verdict("JDK").found()).startsWith("Somebody " + version + " in /jdk");
  }

  @ParameterizedTest
  @CsvSource({"/jdk, the build uses it", "/other, the build uses /other"})
  void theJdkOfTheBuildIsNamed(String home, String expected) throws InterruptedException {
    host.properties.put(CoreChecks.ROOT, "/sources");
    host.files.put("/sources/target/jdk-home", home);

    assertThat(verdict("JDK").found()).endsWith(" in /jdk; " + expected);
  }

  @Test
  void nativeAccessThatWasNotGrantedIsNamedWithBothFlags() throws InterruptedException {
    host.nativeAccess = false;

    assertThat(verdict("native access").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("native access").fix())
        .contains("--enable-native-access=ALL-UNNAMED")
        .contains("--enable-native-access=org.dlpack4j,org.dlpack4j.shim");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Mac OS X", "Windows 11"})
  void otherSystemsHaveCoreAlone(String system) throws InterruptedException {
    host.properties.put("os.name", system);

    assertThat(verdict("platform").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("platform").found()).contains(system, "core works in Java alone");
    assertThat(Adapter.SHARED_MEMORY.examine(host).findings())
        .extracting(Finding::state)
        .containsOnly(State.MISSING);
    assertThat(host.verdict(Adapter.SHIM, "temporary folder").state()).isEqualTo(State.MISSING);
  }

  @Test
  void otherArchitecturesMakeNoSystemCalls() throws InterruptedException {
    host.properties.put("os.arch", "riscv64");

    assertThat(verdict("platform").state()).isEqualTo(State.DEGRADED);
    assertThat(host.verdict(Adapter.SHARED_MEMORY, "kernel").found()).isEqualTo("Linux on riscv64");
  }

  @Test
  void anOldProcessorIsToldByWhatItLacks() throws InterruptedException {
    host.files.put("/proc/cpuinfo", "model name : Old One\nflags : sse2 avx2x bmi2\n");

    assertThat(verdict("processor").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("processor").found()).startsWith("Old One, ").contains("without avx2,");
  }

  @Test
  void aProcessorOfAnotherKindNeedsNoneOfThem() throws InterruptedException {
    host.properties.put("os.arch", "aarch64");
    host.files.put("/proc/cpuinfo", "Features : fp asimd\n");

    assertThat(verdict("processor").state()).isEqualTo(State.OK);
    assertThat(verdict("processor").found()).startsWith("aarch64, ");
  }

  private Verdict verdict(String check) throws InterruptedException {
    return host.verdict(Adapter.CORE, check);
  }
}
