package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.it.child.HostileSweep;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields with any values at all. */
@Tag("abuse-17")
class HostileFieldsTest {

  private static final int TENSORS = 10_000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void areAdoptedOrRefusedAsExactArithmeticSaysAndNeverFollowedAstray(long seed) {
    ChildProcess child = ChildJvm.of(HostileSweep.class, TENSORS, seed).runsWell();
    assertThat(child.output()).endsWith("survived\n");
  }
}
