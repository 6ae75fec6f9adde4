package org.dlpack4j.gpucheck;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What a machine has and lacks, as its probes say. */
final class Facts {

  static final String DRIVER = "driver";
  static final String SANITIZER = "compute-sanitizer";
  static final String PYTHON = "python";
  static final String NUMPY = "NumPy";

  private final List<Message.Fact> all = new ArrayList<>();

  void add(Message.Fact fact) {
    all.add(fact);
  }

  List<Message.Fact> all() {
    return Collections.unmodifiableList(all);
  }

  /** Why the first of these is not there; empty if all are. */
  Optional<String> lack(String... names) {
    for (String name : names) {
      Optional<Message.Fact> fact = all.stream().filter(f -> f.name().equals(name)).findFirst();
      if (fact.isEmpty()) {
        return Optional.of(name + ": nobody could look for it");
      } else if (!fact.get().works()) {
        return Optional.of(name + ": " + fact.get().text());
      }
    }
    return Optional.empty();
  }
}
