package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.it.child.ReadWhileClosing;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A thread reads a tensor that another one closes. */
@Tag("abuse-12")
class ReadWhileClosingTest {

  @ParameterizedTest
  @CsvSource({
    "-Xint, 100, 5", // interpreted
    "-XX:TieredStopAtLevel=1, 500, 100", // compiled by C1
    "-XX:-TieredCompilation, 500, 100", // compiled by C2
    "-XX:+TieredCompilation, 500, 100" // by one after the other
  })
  void aReaderGetsTheDataOrIsRefusedAndNeverFaults(String compiler, int tensors, int mostReads) {
    ChildProcess child =
        ChildJvm.of(ReadWhileClosing.class, tensors, mostReads).flags(compiler).runsWell();
    assertThat(child.output()).isEqualTo("survived\n");
  }
}
