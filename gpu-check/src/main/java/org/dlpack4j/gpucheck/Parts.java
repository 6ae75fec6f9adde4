package org.dlpack4j.gpucheck;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All that is run, in this order; what the machine lacks is a part that says so. */
final class Parts {

  private static final Duration SHORT = Duration.ofMinutes(5);
  private static final Duration LONG = Duration.ofMinutes(9);

  private static final List<String> COMPARISONS =
      List.of("handshake", "copying", "roundtrip", "ipc");

  private final Host host;
  private final Facts facts;
  private final List<Part> all = new ArrayList<>();

  private Parts(Host host, Facts facts) {
    this.host = host;
    this.facts = facts;
  }

  static List<Part> of(Host host, Facts facts) {
    Parts parts = new Parts(host, facts);
    for (TestedModule module : TestedModule.ALL) {
      parts.addModule(module);
    }
    Optional<String> cudf = parts.lackOfCudf();
    parts.addPython("in process", "inprocess.py", Optional.empty());
    parts.addPython("in process: cuDF", "inprocess_cudf.py", cudf);
    for (Path script : host.bundle().outOfProcess()) {
      String name = "out of process: " + script.getFileName();
      parts.addPython(name, script.toString(), Optional.empty());
    }
    parts.addNumbers();
    return parts.all;
  }

  private void addModule(TestedModule module) {
    Path tests = host.bundle().tests(module.name());
    Optional<String> lack = facts.lack(Facts.DRIVER);
    if (!Files.exists(tests)) {
      lack = Optional.of("expected its tests in the bundle but found none; they are not built yet");
    } else if (module.needsCudf() && lack.isEmpty()) {
      lack = lackOfCudf();
    }
    all.add(new Part(module.name(), lack, host.junit(tests, List.of()), duration(), true));
    if (lack.isEmpty()) {
      lack = facts.lack(Facts.SANITIZER);
    }
    List<String> before = Sanitizer.find().map(Sanitizer::before).orElse(List.of());
    String name = module.name() + " under " + Facts.SANITIZER;
    all.add(new Part(name, lack, host.junit(tests, before), LONG, true));
  }

  private Optional<String> lackOfCudf() {
    return host.cudf().isPresent()
        ? Optional.empty()
        : Optional.of("expected cuDF's jar; give it by --cudf");
  }

  private void addPython(String name, String script, Optional<String> otherLack) {
    Optional<String> lack = facts.lack(Facts.DRIVER, Facts.PYTHON, Facts.NUMPY).or(() -> otherLack);
    ProcessBuilder command =
        lack.isEmpty() ? host.python("suite.py", script) : new ProcessBuilder();
    all.add(new Part(name, lack, command, duration(), true));
  }

  private void addNumbers() {
    Optional<String> lack = facts.lack(Facts.DRIVER);
    if (host.isSimulated() && !host.comparisons()) {
      lack = Optional.of("times of the simulated driver mean nothing");
    }
    boolean withPython = facts.lack(Facts.PYTHON, Facts.NUMPY).isEmpty();
    all.add(new Part("comparisons", lack, host.bench(COMPARISONS, withPython), LONG, false));
  }

  private Duration duration() {
    return host.longRuns() ? LONG : SHORT;
  }
}
