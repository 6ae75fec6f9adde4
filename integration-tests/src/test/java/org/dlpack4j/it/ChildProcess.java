package org.dlpack4j.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that has ended, by itself or at the hard timeout.
 *
 * @param command what was run
 * @param exitCode 128 and the signal's number if one killed it
 * @param killed whether it was killed because its time was up
 * @param output standard output and standard error together
 */
public record ChildProcess(List<String> command, int exitCode, boolean killed, String output) {

  /** Runs a command to its end; kills it with SIGKILL when the time is up. */
  static ChildProcess run(List<String> command, Duration timeout) {
    try {
      Path output = Files.createTempFile("child-", ".txt");
      try {
        return run(command, timeout, output.toFile());
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + command, e);
    }
  }

  private static ChildProcess run(List<String> command, Duration timeout, File output)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().remove("JDK_JAVA_OPTIONS");
    Process process = builder.start();
    boolean killed = false;
    try {
      killed = !process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      process.destroyForcibly();
    }
    int exitCode = process.waitFor();
    return new ChildProcess(command, exitCode, killed, Files.readString(output.toPath()));
  }

  @Override
  public String toString() {
    return String.join(" ", command)
        + "\nexit code "
        + exitCode
        + (killed ? ", killed at the timeout" : "")
        + "\n"
        + output;
  }
}
