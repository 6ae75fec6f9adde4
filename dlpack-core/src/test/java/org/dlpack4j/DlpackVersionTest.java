package org.dlpack4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DlpackVersionTest {

  @Test
  void writesVersion13() {
    assertThat(DlpackVersion.CURRENT).isEqualTo(new DlpackVersion(1, 3)).hasToString("1.3");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, true",
    "1, 3, true",
    "1, 99, true",
    "0, 8, false",
    "2, 0, false",
    "2, 3, false"
  })
  void readsEveryMinorOfItsOwnMajor(int major, int minor, boolean readable) {
    assertThat(new DlpackVersion(major, minor).isReadable()).isEqualTo(readable);
  }
}
