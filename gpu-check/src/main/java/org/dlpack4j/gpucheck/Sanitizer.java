package org.dlpack4j.gpucheck;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** NVIDIA's compute-sanitizer, around a program. Not every box lets it look. */
final class Sanitizer {

  private static final Duration TRIAL = Duration.ofMinutes(2);

  private Sanitizer() {}

  /** What goes before a command to run it there; the process ends with an error if it finds any. */
  static List<String> before(Path program) {
    return List.of(
        program.toString(),
        "--tool=memcheck",
        // Tests ask for what the driver refuses.
        "--report-api-errors=no",
        "--error-exitcode=99");
  }

  static Optional<Path> find() {
    return Host.program(Facts.SANITIZER, "/usr/local/cuda/bin");
  }

  /** Tries it. */
  static Message.Fact probe(Host host, Optional<Path> program)
      throws IOException, InterruptedException {
    if (host.isSimulated()) {
      return missing("it cannot look into the simulated driver");
    } else if (program.isEmpty()) {
      return missing("expected it on the PATH or in /usr/local/cuda/bin but found none");
    }
    List<String> command = new ArrayList<>(before(program.get()));
    command.addAll(host.java(DriverProbe.class, DriverProbe.TOUCH).command());
    Child.Ending ending = Child.run(new ProcessBuilder(command), TRIAL, _ -> {});
    return ending
        .fault()
        .map(fault -> missing("a trial %s: %s".formatted(fault, said(ending))))
        .orElseGet(() -> new Message.Fact(Facts.SANITIZER, true, program.get().toString()));
  }

  /** What it says begins with a mark of its own. */
  private static String said(Child.Ending ending) {
    List<String> own = ending.tail().stream().filter(line -> line.startsWith("=====")).toList();
    return String.join(" ", own.subList(0, Math.min(4, own.size()))).replaceAll("=+", "");
  }

  private static Message.Fact missing(String why) {
    return new Message.Fact(Facts.SANITIZER, false, why);
  }
}
