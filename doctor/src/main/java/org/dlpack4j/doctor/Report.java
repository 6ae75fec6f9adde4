package org.dlpack4j.doctor;

import java.util.ArrayList;
import java.util.List;

/** Everything that was found. */
record Report(List<Section> sections) {

  static Report of(Host host) throws InterruptedException {
    List<Section> sections = new ArrayList<>();
    for (Adapter adapter : Adapter.values()) {
      sections.add(adapter.examine(host));
    }
    return new Report(List.copyOf(sections));
  }

  boolean coreWorks() {
    return sections.stream()
        .filter(section -> section.adapter() == Adapter.CORE)
        .allMatch(section -> section.state().works());
  }

  int exitCode() {
    return coreWorks() ? 0 : 1;
  }
}
