package org.dlpack4j.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageTest {

  @Test
  void everyMessageIsReadAsItWasWritten() {
    assertReadBack(new Message.Fact("driver", true, "CUDA 13.0"));
    assertReadBack(new Message.Fact("driver", false, "none"));
    assertReadBack(new Message.Case(Result.SKIPPED, "a test", "no GPU"));
    assertReadBack(new Message.Case(Result.PASSED, "a test", ""));
    assertReadBack(new Message.Progress("half of it"));
    assertReadBack(new Message.End());
  }

  private static void assertReadBack(Message message) {
    assertThat(Message.parse(message.line())).contains(message);
  }

  @Test
  void reasonsOfSeveralLinesAreOneLine() {
    assertThat(new Message.Case(Result.FAILED, "x", "expected\n  1\tbut found 2").line())
        .isEqualTo("gpu-check\tcase\tfailed\tx\texpected 1 but found 2");
  }

  @Test
  void whatOthersPrintIsNoMessage() {
    assertThat(Message.parse("WARNING: gpu-check")).isEmpty();
    assertThat(Message.parse("")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "PASSED, ours=1.00 theirs=2.00 unit=ns speedup=2.00",
    "FAILED, failed=\"its JVM ended with code 1\"",
    "SKIPPED, skipped=\"no GPU\""
  })
  void comparisonsAreCases(Result result, String rest) {
    assertThat(Message.parse("bench name=gpu.copying peer=device-copy " + rest))
        .contains(
            new Message.Case(
                result, "gpu.copying beside device-copy", rest.replaceFirst("^skipped=", "")));
  }
}
