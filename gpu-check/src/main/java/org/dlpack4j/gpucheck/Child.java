package org.dlpack4j.gpucheck;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A process that does one part: it may crash or hang without taking the others along. */
final class Child {

  private static final int TAIL_LINES = 60;

  private final Consumer<Message> listener;
  private final Deque<String> tail = new ArrayDeque<>();
  private boolean complete;

  private Child(Consumer<Message> listener) {
    this.listener = listener;
  }

  /**
   * How a process has ended.
   *
   * @param exitCode 128 and the signal's number if one killed it
   * @param late whether its time was up
   * @param complete whether it has said that it did all
   * @param tail the last of what it printed beside its messages
   */
  record Ending(int exitCode, boolean late, boolean complete, List<String> tail) {

    /** What went wrong with the process itself; empty if nothing did. */
    Optional<String> fault() {
      if (late) {
        return Optional.of("did not end in time");
      } else if (exitCode != 0) {
        return Optional.of("ended with code " + exitCode);
      }
      return complete ? Optional.empty() : Optional.of("ended before it was done");
    }

    /** The same of a process that says nothing of its end. */
    Ending completed() {
      return new Ending(exitCode, late, true, tail);
    }
  }

  /** Runs a command to its end, or kills it with all that it has started. */
  static Ending run(ProcessBuilder command, Duration timeout, Consumer<Message> listener)
      throws IOException, InterruptedException {
    return new Child(listener).run(command, timeout);
  }

  private Ending run(ProcessBuilder command, Duration timeout)
      throws IOException, InterruptedException {
    Process process = command.redirectErrorStream(true).start();
    AtomicBoolean late = new AtomicBoolean();
    CompletableFuture<Void> watch =
        CompletableFuture.runAsync(
            () -> {
              late.set(true);
              kill(process);
            },
            CompletableFuture.delayedExecutor(timeout.toMillis(), TimeUnit.MILLISECONDS));
    process.getOutputStream().close();
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        heard(line);
      }
    }
    int exitCode = process.waitFor();
    watch.cancel(false);
    return new Ending(exitCode, late.get(), complete, List.copyOf(tail));
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private void heard(String line) {
    Optional<Message> message = Message.parse(line);
    if (message.isPresent()) {
      complete |= message.get() instanceof Message.End;
      listener.accept(message.get());
    } else {
      tail.addLast(line);
      if (tail.size() > TAIL_LINES) {
        tail.removeFirst();
      }
    }
  }
}
