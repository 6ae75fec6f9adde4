package org.dlpack4j.doctor;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command behind {@code bin/doctor}. */
@Command(
    name = "doctor",
    description = "Says what this machine has and lacks for each adapter, each lack with its fix.",
    usageHelpWidth = 100,
    footer = {
      "",
      "Adapters that are yet to be written are among them, so that a machine can be made ready.",
      "",
      "States, from best to worst: ok; not-needed: dlpack4j by itself does not miss it; degraded:"
          + " works, with less than there could be; missing: what it is for does not work; broken:"
          + " it is there and does not work.",
      "",
      "JSON: {schema: 1, coreWorks: boolean, adapters: [{name, state, checks: [{name, state,"
          + " found, fix}]}]}, everything else being text. An adapter's state is the worst of its"
          + " checks. A fix is null for what is ok, and may be for what is not-needed. Fields may"
          + " be added; schema grows when one changes its meaning or goes.",
      "",
      "Exit codes: 0 core works, 1 it does not, 2 wrong use."
    })
public final class Doctor implements Callable<Integer> {

  @Option(names = "--json", description = "For programs to read.")
  private boolean json;

  @Option(
      names = "--class-path",
      paramLabel = "PATH",
      description = "Your program's, to look for Arrow, cuDF, ONNX Runtime and Spark on.")
  private String classPath = "";

  @SuppressWarnings("unused") // Picocli acts on it.
  @Option(names = "--help", usageHelp = true, description = "Say this.")
  private boolean help;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Doctor() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Doctor()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (ThisHost host = new ThisHost(entries())) {
      Report report = Report.of(host);
      PrintWriter out = spec.commandLine().getOut();
      out.print(json ? JsonReport.of(report) : Table.of(report));
      out.flush();
      return report.exitCode();
    }
  }

  /** As java reads a class path: a star stands for all jars of its folder. */
  private List<Path> entries() throws IOException {
    List<Path> entries = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      boolean star = entry.endsWith(File.separator + "*");
      Path path = Path.of(star ? entry.substring(0, entry.length() - 1) : entry);
      if (entry.isEmpty()) {
        continue;
      }
      if (!(star ? Files.isDirectory(path) : Files.exists(path))) {
        throw new ParameterException(
            spec.commandLine(), "--class-path: expected jars and folders but found no " + path);
      }
      if (star) {
        try (Stream<Path> files = Files.list(path)) {
          files.filter(file -> file.toString().endsWith(".jar")).forEach(entries::add);
        }
      } else {
        entries.add(path);
      }
    }
    return entries;
  }
}
