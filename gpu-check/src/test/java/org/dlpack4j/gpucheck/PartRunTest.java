package org.dlpack4j.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A part is what its process says; that it crashes, hangs or stops early is a failed test. */
class PartRunTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String PASSED = "printf 'gpu-check\\tcase\\tpassed\\tone\\t\\n';";
  private static final String END = "printf 'gpu-check\\tend\\n'";

  private final List<Message> heard = new ArrayList<>();

  @Test
  void whatAProcessSaysIsCounted() throws IOException, InterruptedException {
    Outcome outcome =
        run(PASSED + "echo noise; printf 'gpu-check\\tcase\\tskipped\\ttwo\\tno GPU\\n';" + END);
    assertThat(outcome.cases())
        .containsExactly(
            new Message.Case(Result.PASSED, "one", ""),
            new Message.Case(Result.SKIPPED, "two", "no GPU"));
    assertThat(outcome.tail()).isEmpty();
    assertThat(heard).contains(new Message.End());
  }

  @Test
  void aCrashIsAFailureAndItsLastWordsAreKept() throws IOException, InterruptedException {
    Outcome outcome = run(PASSED + "echo last words; kill -9 $$");
    assertThat(outcome.cases())
        .contains(new Message.Case(Result.FAILED, "part", "ended with code 137"));
    assertThat(outcome.tail()).containsExactly("last words");
  }

  @Test
  void anEarlyEndIsAFailureEvenIfItLooksGood() throws IOException, InterruptedException {
    assertThat(run(PASSED).cases())
        .contains(new Message.Case(Result.FAILED, "part", "ended before it was done"));
  }

  @Test
  void aPartWithoutTestsIsAFailure() throws IOException, InterruptedException {
    assertThat(run(END).cases())
        .containsExactly(new Message.Case(Result.FAILED, "part", "expected tests but found none"));
  }

  @Test
  void whatHangsIsKilledWithWhatItHasStarted() throws IOException, InterruptedException {
    Part part = part("sleep 1000 & wait", Optional.empty(), Duration.ofMillis(500));
    Outcome outcome = PartRun.run(part, heard::add);
    assertThat(outcome.cases())
        .containsExactly(new Message.Case(Result.FAILED, "part", "did not end in time"));
  }

  @Test
  void whatIsLackingIsSkippedVisibly() throws IOException, InterruptedException {
    Outcome outcome = PartRun.run(part("exit 1", Optional.of("no GPU"), LONG), heard::add);
    assertThat(outcome.cases()).containsExactly(new Message.Case(Result.SKIPPED, "part", "no GPU"));
    assertThat(Tally.of(List.of(outcome))).hasToString("0 passed, 0 failed, 1 skipped");
  }

  private Outcome run(String script) throws IOException, InterruptedException {
    return PartRun.run(part(script, Optional.empty(), LONG), heard::add);
  }

  private static Part part(String script, Optional<String> lack, Duration timeout) {
    return new Part("part", lack, new ProcessBuilder("bash", "-c", script), timeout, true);
  }
}
