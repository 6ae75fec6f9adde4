package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A check that throws is a finding, and one that tells what to do. */
class CheckTest {

  private final FakeHost host = new FakeHost();

  @Test
  void anExceptionIsAFindingToReport() throws InterruptedException {
    Verdict verdict =
        verdict(
            asked -> {
              throw new IOException("first\n  second");
            });

    assertThat(verdict.state()).isEqualTo(State.BROKEN);
    assertThat(verdict.found()).isEqualTo("java.io.IOException: first second");
    assertThat(verdict.fix()).isEqualTo("report it, with the output of bin/doctor --json");
  }

  @Test
  void deniedNativeAccessIsNamedWithItsFlag() throws InterruptedException {
    host.nativeAccess = false;
    for (Throwable thrown :
        new Throwable[] {
          new IllegalCallerException("Illegal native access"),
          new ExceptionInInitializerError(new IllegalCallerException()),
          new NoClassDefFoundError("Could not initialize class X")
        }) {
      Verdict verdict = verdict(throwing(thrown));

      assertThat(verdict.found()).isEqualTo("needs native access, which this JVM denies");
      assertThat(verdict.fix()).isEqualTo("start Java with --enable-native-access=ALL-UNNAMED");
    }
  }

  @Test
  void aMissingLibraryIsToldByItsOwnMessageEvenTheSecondTime() throws InterruptedException {
    UnsatisfiedLinkError first = new UnsatisfiedLinkError("native-shim: put it there");
    NoClassDefFoundError second = new NoClassDefFoundError("Could not initialize class X");
    second.initCause(new ExceptionInInitializerError("Exception " + first + " [in thread]"));
    for (Throwable thrown : new Throwable[] {first, second}) {
      Verdict verdict = verdict(throwing(thrown));

      assertThat(verdict.found()).contains("native-shim: put it there");
      assertThat(verdict.fix()).startsWith("do what the message says");
    }
  }

  @Test
  void aNameMustFitTheTable() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Check("x".repeat(23), asked -> Verdict.ok("")))
        .withMessageContaining("expected 1 to 22 characters");
  }

  @ParameterizedTest
  @EnumSource
  void everyLackHasAFixAndWhatIsWellHasNone(State state) {
    if (state == State.OK) {
      assertThatIllegalArgumentException().isThrownBy(() -> new Verdict(state, "x", "fix"));
    } else if (state != State.NOT_NEEDED) {
      assertThatIllegalArgumentException().isThrownBy(() -> new Verdict(state, "x", null));
      assertThat(new Verdict(state, "x", "fix").fix()).isEqualTo("fix");
    }
  }

  private Verdict verdict(Check.Question question) throws InterruptedException {
    return new Check("name", question).on(host).verdict();
  }

  private static Check.Question throwing(Throwable thrown) {
    return asked -> {
      if (thrown instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) thrown;
    };
  }
}
