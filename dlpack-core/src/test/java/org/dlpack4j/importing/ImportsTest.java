package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.dlpack4j.ChildJvm;
import org.dlpack4j.importing.Violation.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The counts of a JVM's imports. */
class ImportsTest {

  @ParameterizedTest
  @ValueSource(strings = {"off", "report"})
  void areExactAtRest(String leaks) throws IOException, InterruptedException {
    assertThat(
            ChildJvm.runsWell(List.of("-Dorg.dlpack4j.leaks=" + leaks), ChildOfImportsTest.class))
        .contains(ChildOfImportsTest.COUNTED);
  }

  @Test
  void aStatisticDoesNotChange() {
    Map<Code, Long> counts = new EnumMap<>(Map.of(Code.TOO_FAR, 1L));
    ImportStatistics statistics = new ImportStatistics(0, 0, 1, counts, Map.of(), 0);

    counts.put(Code.TOO_LARGE, 1L);

    assertThat(statistics.violations()).containsExactly(Map.entry(Code.TOO_FAR, 1L));
  }
}
