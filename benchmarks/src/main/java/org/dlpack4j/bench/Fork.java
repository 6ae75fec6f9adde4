package org.dlpack4j.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Does one comparison in JVMs of its own, started as a user would start theirs. */
final class Fork {

  private static final int LONGEST_MINUTES = 5;
  private static final List<String> SETTINGS =
      List.of(
          Baselines.LIBRARY_PROPERTY,
          LibtorchBenchmark.CACHE_PROPERTY,
          PythonMeasure.PYTHON_PROPERTY,
          PythonMeasure.SCRIPTS_PROPERTY,
          PySparkRound.SCRIPT_PROPERTY,
          GpuComparisons.SIMULATED_PROPERTY,
          CudfComparisons.NATIVES_PROPERTY);

  private final Comparison comparison;
  private final Effort effort;
  private final Consumer<String> progress;
  private final List<Round.Sample> samples = new ArrayList<>();
  private Optional<String> comment = Optional.empty();

  private Fork(Comparison comparison, Effort effort, Consumer<String> progress) {
    this.comparison = comparison;
    this.effort = effort;
    this.progress = progress;
  }

  /** Does all rounds. A failure is an outcome too; what the JVM said of it goes to progress. */
  static Outcome run(Comparison comparison, Effort effort, Consumer<String> progress)
      throws IOException, InterruptedException {
    Fork fork = new Fork(comparison, effort, progress);
    while (fork.samples.size() < effort.rounds()) {
      Optional<Outcome> early = fork.oneJvm();
      if (early.isPresent()) {
        return early.get();
      }
    }
    return new Outcome.Measured(comparison, fork.samples, fork.comment);
  }

  private Optional<Outcome> oneJvm() throws IOException, InterruptedException {
    Path log = Files.createTempFile("dlpack4j-bench-", ".log");
    try {
      Process process = new ProcessBuilder(command()).redirectError(log.toFile()).start();
      CompletableFuture.delayedExecutor(LONGEST_MINUTES, TimeUnit.MINUTES)
          .execute(process::destroyForcibly);
      int before = samples.size();
      Optional<Outcome> early = read(process);
      int exit = process.waitFor();
      if (early.isEmpty() && (exit != 0 || samples.size() == before)) {
        progress.accept(Files.readString(log));
        return Optional.of(new Outcome.Failed(comparison, "its JVM ended with code " + exit));
      }
      return early;
    } finally {
      Files.deleteIfExists(log);
    }
  }

  private Optional<Outcome> read(Process process) throws IOException {
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", 2);
        switch (words[0]) {
          case Child.ROUND -> add(words[1].split(" ", 2));
          case Child.COMMENT -> comment = Optional.of(words[1]);
          case Child.SKIPPED -> {
            return Optional.of(new Outcome.Skipped(comparison, words[1]));
          }
          default -> progress.accept(line); // a library that talks
        }
      }
      return Optional.empty();
    }
  }

  private void add(String[] numbers) {
    var sample = new Round.Sample(Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]));
    samples.add(sample);
    progress.accept(
        String.format(
            "%s %s: round %d of %d: ours %s, theirs %s %s",
            comparison.name(),
            comparison.peer(),
            samples.size(),
            effort.rounds(),
            Numbers.format(sample.ours()),
            Numbers.format(sample.theirs()),
            comparison.unit().symbol()));
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(comparison.jvmOptions());
    // JMH's lock is one file for all users of a machine, and stays when its owner is killed.
    command.add("-Djmh.ignoreLock=true");
    for (String setting : SETTINGS) {
      String value = System.getProperty(setting);
      if (value != null) {
        command.add("-D" + setting + "=" + value);
      }
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
    command.addAll(List.of(comparison.name(), comparison.peer(), effort.name()));
    return command;
  }
}
