package org.dlpack4j.doctor;

/** What a check came to, by name. */
record Finding(String name, Verdict verdict) {

  State state() {
    return verdict.state();
  }
}
