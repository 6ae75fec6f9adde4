package org.dlpack4j.doctor;

import java.util.Comparator;
import java.util.List;

/** All findings for one adapter. */
record Section(Adapter adapter, List<Finding> findings) {

  /** The worst of them. */
  State state() {
    return findings.stream().map(Finding::state).max(Comparator.naturalOrder()).orElse(State.OK);
  }
}
