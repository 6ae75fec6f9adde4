package org.dlpack4j.exchange;

/** Why our allocator makes no tensor. */
final class AllocationRefusal extends Exception {

  private static final long serialVersionUID = 1;

  private final String kind;

  AllocationRefusal(String kind, String message) {
    super(message);
    this.kind = kind;
  }

  static AllocationRefusal value(String message) {
    return new AllocationRefusal("ValueError", message);
  }

  /** The name of a Python exception. */
  String kind() {
    return kind;
  }
}
