package org.dlpack4j.doctor;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A process that was asked something. It is killed when its time is up, or when this is closed. */
final class Inquiry implements AutoCloseable {

  /** As a shell says that it cannot start a program. */
  private static final int CANNOT_START = 126;

  private final long deadline;
  private @Nullable Process process;
  private @Nullable Path output;
  private @Nullable Answer answer;

  private Inquiry(Duration timeout) {
    deadline = System.nanoTime() + timeout.toNanos();
  }

  /** Starts a command. That it cannot be started is an answer, too. */
  static Inquiry start(List<String> command, Duration timeout) {
    Inquiry inquiry = new Inquiry(timeout);
    try {
      Path output = Files.createTempFile("dlpack4j-doctor-", ".txt");
      inquiry.output = output;
      inquiry.process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
    } catch (IOException e) {
      inquiry.answer = new Answer(CANNOT_START, false, List.of(e.toString()));
    }
    return inquiry;
  }

  /** Waits until it has ended or its time is up. */
  Answer answer() throws InterruptedException {
    Answer known = answer;
    if (known == null) {
      known = await();
      answer = known;
    }
    return known;
  }

  private Answer await() throws InterruptedException {
    Process running = requireNonNull(process);
    boolean ended = running.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    kill(running);
    int exitCode = running.waitFor();
    try {
      Charset charset = Charset.forName(System.getProperty("native.encoding"));
      String text = new String(Files.readAllBytes(requireNonNull(output)), charset);
      return new Answer(exitCode, !ended, text.lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With what it started: wrappers wait for theirs. */
  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    if (process != null) {
      kill(process);
    }
    try {
      if (output != null) {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
