package org.dlpack4j.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command behind {@code bin/bench}. Results go to standard output, progress to the other. */
@Command(
    name = "bench",
    description = "Compares dlpack4j with other people's code, in the same run.",
    footer = "Exit codes: 0 done, 1 something failed, 2 wrong use. A missed goal is no failure.")
public final class Bench implements Callable<Integer> {

  @Parameters(paramLabel = "NAME", description = "What to compare; everything if left out.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--quick", description = "Fewer and shorter rounds: a name within a minute.")
  private boolean quick;

  @Option(names = "--list", description = "Say what can be compared, and nothing else.")
  private boolean list;

  @Option(names = "--json", paramLabel = "FILE", description = "Write all results there as well.")
  private @Nullable Path json;

  @SuppressWarnings("unused") // Picocli acts on it.
  @Option(names = "--help", usageHelp = true, description = "Say this.")
  private boolean help;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Bench() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Bench()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter progress = spec.commandLine().getErr();
    List<Comparison> chosen = chosen();
    requireWritable(json);
    if (list) {
      chosen.forEach(comparison -> out.println(comparison.name() + " " + comparison.peer()));
      return 0;
    }
    Effort effort = quick ? Effort.QUICK : Effort.FULL;
    Machine machine = Machine.here();
    Instant date = Instant.now();
    progress.println(machine);
    List<Outcome> outcomes = new ArrayList<>();
    for (Comparison comparison : chosen) {
      Outcome outcome = Fork.run(comparison, effort, progress::println);
      out.println(outcome.line());
      out.flush();
      outcomes.add(outcome);
    }
    out.println();
    out.print(Table.of(outcomes));
    out.flush();
    if (json != null) {
      Files.writeString(json, JsonReport.of(machine, date, effort, outcomes));
    }
    return outcomes.stream().anyMatch(Outcome.Failed.class::isInstance) ? 1 : 0;
  }

  /** Now, and not after minutes of measuring. */
  private void requireWritable(@Nullable Path file) {
    if (file != null && !Files.isWritable(file.toAbsolutePath().getParent())) {
      throw new ParameterException(
          spec.commandLine(), "--json: expected a file in a folder to write to but found " + file);
    }
  }

  private List<Comparison> chosen() {
    for (String name : names) {
      if (!Comparisons.names().contains(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "NAME: expected one of "
                + String.join(", ", Comparisons.names())
                + " but found "
                + name);
      }
    }
    return Comparisons.all().stream()
        .filter(comparison -> names.isEmpty() || names.contains(comparison.name()))
        .toList();
  }
}
