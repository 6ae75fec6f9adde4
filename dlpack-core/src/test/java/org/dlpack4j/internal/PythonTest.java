package org.dlpack4j.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Where there is none. Where there is one: integration-tests. */
class PythonTest {

  @Test
  void isNotInAProcessThatDoesNotRunIt() {
    assertThat(Python.here()).isNull();
  }
}
