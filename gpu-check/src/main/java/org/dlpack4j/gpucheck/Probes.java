package org.dlpack4j.gpucheck;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/** Looks what the machine has and allows, each in a process of its own. */
final class Probes {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Host host;
  private final Facts facts = new Facts();
  private final Consumer<Message.Fact> listener;

  private Probes(Host host, Consumer<Message.Fact> listener) {
    this.host = host;
    this.listener = listener;
  }

  static Facts look(Host host, Consumer<Message.Fact> listener)
      throws IOException, InterruptedException {
    Probes probes = new Probes(host, listener);
    probes.ask(Facts.DRIVER, host.java(DriverProbe.class));
    probes.askPython();
    probes.askSanitizer();
    probes.findCudf();
    return probes.facts;
  }

  private void askPython() throws IOException, InterruptedException {
    if (host.python().isPresent()) {
      ask(Facts.PYTHON, host.python("probe.py"));
    } else {
      found(new Message.Fact(Facts.PYTHON, false, "expected python3 on the PATH but found none"));
    }
  }

  private void askSanitizer() throws IOException, InterruptedException {
    found(
        facts.lack(Facts.DRIVER).isEmpty()
            ? Sanitizer.probe(host, Sanitizer.find())
            : new Message.Fact(Facts.SANITIZER, false, "not tried without a driver"));
  }

  private void findCudf() {
    String text = host.cudf().map(Path::toString).orElse("its jar was not given by --cudf");
    found(new Message.Fact("cuDF", host.cudf().isPresent(), text));
  }

  private void ask(String name, ProcessBuilder command) throws IOException, InterruptedException {
    Child.Ending ending =
        Child.run(
            command,
            PATIENCE,
            message -> {
              if (message instanceof Message.Fact fact) {
                found(fact);
              }
            });
    ending
        .fault()
        .ifPresent(
            fault ->
                found(
                    new Message.Fact(
                        name + " (probe)",
                        false,
                        "the process that asked %s: %s"
                            .formatted(fault, String.join(" ", ending.tail())))));
  }

  private void found(Message.Fact fact) {
    facts.add(fact);
    listener.accept(fact);
  }
}
