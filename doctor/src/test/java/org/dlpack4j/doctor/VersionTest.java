package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionTest {

  @ParameterizedTest
  @CsvSource({
    "6.18.44-fc-v595, 5.3, true",
    "5.10.0, 5.3, true",
    "5.3, 5.3.0, true",
    "5.2.21, 5.3, false",
    "4.19, 5.1, false",
    "2.1.0rc1, 2.1, true",
    "2.0.2, 2.1, false",
    "25.0.3+9-LTS, 25.0.3, true",
    "25+36, 25.0.3, false",
    "26-ea, 25.0.3, true",
    "unknown, 0.1, false",
    "unknown, 0, true",
    "99999999999.1, 1, true",
  })
  void isComparedNumberByNumber(String version, String least, boolean expected) {
    assertThat(Version.of(version).isAtLeast(least)).isEqualTo(expected);
  }
}
