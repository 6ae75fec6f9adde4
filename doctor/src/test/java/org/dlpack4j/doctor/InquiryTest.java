package org.dlpack4j.doctor;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Processes that answer, fail, hang, and cannot be started. */
class InquiryTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void answersAreLinesOfKeyAndValue() throws InterruptedException {
    Answer answer = ask(LONG, "sh", "-c", "echo warning; printf 'gpu\\tA\\ngpu\\tB\\n' >&2");

    assertThat(answer.failure()).isEmpty();
    assertThat(answer.values("gpu")).containsExactly("A", "B");
    assertThat(answer.value("gpu")).contains("A");
    assertThat(answer.value("warning")).isEmpty();
  }

  @Test
  void aFailureHasItsExitCodeAndWhatWasSaidBefore() throws InterruptedException {
    Answer answer = ask(LONG, "sh", "-c", "printf 'version\\t1\\n'; exit 3");

    assertThat(answer.failure()).contains("ended with exit code 3");
    assertThat(answer.value("version")).contains("1");
  }

  @Test
  void aHangEndsWhenItsTimeIsUp() throws InterruptedException {
    Answer answer = ask(Duration.ofMillis(300), "tail", "-f", "/dev/null");

    assertThat(answer.timedOut()).isTrue();
    assertThat(answer.failure()).contains("did not answer in time");
  }

  @Test
  void whatAHangHasStartedEndsWithIt() throws InterruptedException {
    // Said before the time is up, on any machine that runs tests.
    Answer answer =
        ask(Duration.ofSeconds(2), "sh", "-c", "tail -f /dev/null & printf 'pid\\t%s\\n' $!; wait");
    long child = Long.parseLong(answer.value("pid").orElseThrow());

    // Killed, but perhaps not gone yet.
    ProcessHandle.of(child).ifPresent(killed -> killed.onExit().orTimeout(30, SECONDS).join());
    assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void aProgramThatCannotBeStartedIsAFailure() throws InterruptedException {
    Answer answer = ask(LONG, "/dev/null/python3");

    assertThat(answer.failure()).contains("ended with exit code 126");
    assertThat(answer.lines().getFirst()).contains("/dev/null/python3");
  }

  private static Answer ask(Duration timeout, String... command) throws InterruptedException {
    try (Inquiry inquiry = Inquiry.start(List.of(command), timeout)) {
      return inquiry.answer();
    }
  }
}
