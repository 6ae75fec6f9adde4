package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.doctor.FakeHost.answer;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of Python's answers. */
class PythonChecksTest {

  private final FakeHost host = new FakeHost();

  @Test
  void withoutPythonEverythingOfItIsMissing() throws InterruptedException {
    host.python = Optional.empty();

    assertThat(verdict("python3").state()).isEqualTo(State.MISSING);
    assertThat(verdict("python3").found()).isEqualTo("no python3 on the PATH");
    assertThat(verdict("python3").fix()).startsWith("install Python 3.11 or later");
    assertThat(verdict("numpy").found()).isEqualTo("no Python to ask");
  }

  @ParameterizedTest
  @CsvSource({"3.10.12, MISSING", "3.11.0, OK", "3.9.1, MISSING", "3.14.0, OK"})
  void pythonMustBeNewEnough(String version, State state) throws InterruptedException {
    host.python = Optional.of(answer(0, "version\t" + version, "executable\t/opt/python"));

    assertThat(verdict("python3").state()).isEqualTo(state);
    assertThat(verdict("python3").found()).startsWith(version + ", /opt/python");
  }

  @Test
  void aPythonThatFailsOrHangsIsBroken() throws InterruptedException {
    host.python = Optional.of(answer(127, "pyenv: python3: command not found"));
    assertThat(verdict("python3").state()).isEqualTo(State.BROKEN);
    assertThat(verdict("python3").found())
        .isEqualTo("/usr/bin/python3 ended with exit code 127: pyenv: python3: command not found");

    host.python = Optional.of(new Answer(137, true, List.of()));
    assertThat(verdict("python3").found()).isEqualTo("/usr/bin/python3 did not answer in time");
  }

  @ParameterizedTest
  @CsvSource({"2.1.0, OK", "2.3.5, OK", "2.0.2, MISSING", "1.26.4, MISSING"})
  void numpyMustBeNewEnough(String version, State state) throws InterruptedException {
    host.python =
        Optional.of(answer(0, "version\t3.11.0", "executable\t/opt/python", "numpy\t" + version));

    assertThat(verdict("numpy").state()).isEqualTo(state);
    if (state == State.MISSING) {
      assertThat(verdict("numpy").fix()).isEqualTo("/opt/python -m pip install 'numpy>=2.1'");
    }
  }

  @Test
  void packagesThatUsersMayHaveAreNotNeeded() throws InterruptedException {
    assertThat(verdict("py4j").state()).isEqualTo(State.MISSING);
    for (String name : List.of("pyarrow", "torch", "cupy", "jax", "dlpack4j")) {
      assertThat(verdict(name).state()).as(name).isEqualTo(State.NOT_NEEDED);
    }
    assertThat(verdict("cupy").fix()).isEqualTo("/opt/python -m pip install cupy-cuda13x");
  }

  @Test
  void cupyIsFoundByAnyOfItsNames() throws InterruptedException {
    host.python = Optional.of(answer(0, "warning: old", "version\t3.11.0", "cupy-cuda12x\t13.4.1"));

    assertThat(verdict("cupy")).isEqualTo(Verdict.ok("13.4.1"));
  }

  private Verdict verdict(String check) throws InterruptedException {
    return host.verdict(Adapter.PY4J, check);
  }
}
