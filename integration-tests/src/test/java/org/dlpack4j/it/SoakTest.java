package org.dlpack4j.it;

import java.time.Duration;
import org.dlpack4j.exporting.DeleterKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A short soak; 100 million cycles are for a quiet machine. */
class SoakTest {

  private static final long CYCLES = 2_000_000;

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void millionsOfExportsLeaveNothingBehind(DeleterKind deleter) {
    ChildJvm.of(deleter, Soak.class, CYCLES, 3)
        // A heap that does not grow, so that resident memory tells of the rest.
        .flags("-Xms64m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch")
        .timeout(Duration.ofMinutes(5))
        .runsWell();
  }
}
