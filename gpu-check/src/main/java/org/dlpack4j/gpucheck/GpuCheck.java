package org.dlpack4j.gpucheck;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.dlpack4j.cudasim.CudaSimulator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command behind {@code bin/gpu-check}, and behind the bundle's script {@code run}. */
@Command(
    name = "gpu-check",
    description = "Runs on this machine's GPU what dlpack4j says of GPUs.",
    usageHelpWidth = 100,
    footer = {
      "",
      "What the machine lacks is skipped, and said. The last line is N passed, N failed, N"
          + " skipped.",
      "",
      "Exit codes: 0 nothing failed, 1 something did, 2 wrong use."
    })
public final class GpuCheck implements Callable<Integer> {

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      description = "Only the parts whose name contains it, such as 'in process'.")
  private String only = "";

  @Option(names = "--simulated", description = "On the simulated driver, without a GPU.")
  private boolean simulated;

  @Option(names = "--long", description = "With what takes minutes: 100,000 round trips.")
  private boolean longRuns;

  @Option(
      names = "--comparisons",
      description = "On the simulated driver, too, whose times mean nothing.")
  private boolean comparisons;

  @Option(
      names = "--cudf",
      paramLabel = "JAR",
      description = "cuDF's jar, or the first of the pieces that bin/gpu-check --split made of it.")
  private @Nullable Path cudf;

  @Option(names = "--python", paramLabel = "PROGRAM", description = "Not the python3 on the PATH.")
  private @Nullable Path python;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write what was found as Markdown.")
  private @Nullable Path report;

  @SuppressWarnings("unused") // Picocli acts on it.
  @Option(names = "--help", usageHelp = true, description = "Say this.")
  private boolean help;

  @Spec private CommandSpec spec = CommandSpec.create();

  private GpuCheck() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new GpuCheck()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireExecutable(python);
    requireWritable(report);
    Path scratch = Files.createTempDirectory("dlpack4j-gpu-check-");
    try {
      return check(host(scratch));
    } finally {
      Folders.delete(scratch);
    }
  }

  private Host host(Path scratch) throws IOException {
    Optional<Path> program = Optional.ofNullable(python).or(() -> Host.program("python3"));
    Optional<Path> simulator = Optional.empty();
    if (simulated) {
      simulator = Optional.ofNullable(CudaSimulator.unpack(scratch).getParent());
    }
    return new Host(Bundle.here(), cudfJar(scratch), program, simulator, longRuns, comparisons);
  }

  private Optional<Path> cudfJar(Path scratch) throws IOException {
    if (cudf == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(CudfJar.find(cudf, scratch));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private int check(Host host) throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Screen screen = new Screen(out, spec.commandLine().getErr());
    screen.heading("This machine");
    Facts facts = Probes.look(host, screen::show);
    List<Outcome> outcomes = new ArrayList<>();
    for (Part part : chosen(Parts.of(host, facts))) {
      screen.heading(part.name());
      Outcome outcome = PartRun.run(part, screen::show);
      outcome.tail().forEach(line -> screen.detail("| " + line));
      outcomes.add(outcome);
    }
    Tally tally = Tally.of(outcomes);
    if (report != null) {
      String today = LocalDate.now(ZoneOffset.UTC).toString();
      Files.writeString(
          report, Report.of(today, spec.commandLine().getParseResult(), facts, outcomes));
    }
    out.println();
    out.println(tally);
    out.flush();
    return tally.failed() == 0 ? 0 : 1;
  }

  private List<Part> chosen(List<Part> parts) {
    List<Part> chosen = parts.stream().filter(part -> part.name().contains(only)).toList();
    if (chosen.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--only: expected a text in one of "
              + parts.stream().map(Part::name).collect(Collectors.joining(", "))
              + " but found "
              + only);
    }
    return chosen;
  }

  private void requireExecutable(@Nullable Path program) {
    if (program != null && !Files.isExecutable(program)) {
      throw new ParameterException(
          spec.commandLine(), "--python: expected a program but found " + program);
    }
  }

  /** Now, and not after minutes of checking. */
  private void requireWritable(@Nullable Path file) {
    if (file != null && !Files.isWritable(file.toAbsolutePath().getParent())) {
      throw new ParameterException(
          spec.commandLine(),
          "--report: expected a file in a folder to write to but found " + file);
    }
  }
}
