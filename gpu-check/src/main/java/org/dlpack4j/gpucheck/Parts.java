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
      List.of("gpu.handshake", "gpu.copying", "gpu.roundtrip", "gpu.ipc", "--quick");

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
    parts.addPython("in process", "inprocess.py");
    for (Path script : host.bundle().outOfProcess()) {
      parts.addPython("out of process: " + script.getFileName(), script.toString());
    }
    parts.addNumbers();
    return parts.all;
  }

  private void addModule(TestedModule module) {
    Path tests = host.bundle().tests(module.name());
    Optional<String> lack = facts.lack(Facts.DRIVER);
    if (!Files.exists(tests)) {
      lack = Optional.of("expected its tests in the bundle but found none; they are not built yet");
    } else if (module.needsCudf() && host.cudf().isEmpty()) {
      lack = Optional.of("expected cuDF's jar; give it by --cudf");
    }
    all.add(new Part(module.name(), lack, host.junit(tests, List.of()), duration(), true));
    if (lack.isEmpty()) {
      lack = facts.lack(Facts.SANITIZER);
    }
    List<String> before = Sanitizer.find().map(Sanitizer::before).orElse(List.of());
    String name = module.name() + " under " + Facts.SANITIZER;
    all.add(new Part(name, lack, host.junit(tests, before), LONG, true));
  }

  private void addPython(String name, String script) {
    Optional<String> lack = facts.lack(Facts.DRIVER, Facts.PYTHON, Facts.NUMPY);
    ProcessBuilder command =
        lack.isEmpty() ? host.python("suite.py", script) : new ProcessBuilder();
    all.add(new Part(name, lack, command, duration(), true));
  }

  private void addNumbers() {
    Optional<String> lack = facts.lack(Facts.DRIVER);
    if (host.isSimulated() && !host.comparisons()) {
      lack = Optional.of("times of the simulated driver mean nothing");
    }
    all.add(new Part("comparisons", lack, host.bench(COMPARISONS), LONG, false));
  }

  private Duration duration() {
    return host.longRuns() ? LONG : SHORT;
  }
}
