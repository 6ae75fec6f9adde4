package org.dlpack4j.py4j.wire;

/** A peer broke the protocol: its session ends, and nothing that it sent is believed. */
public final class ViolationException extends Exception {

  private static final long serialVersionUID = 1;

  /** What kind of violation. */
  public enum Code {
    /** Fewer bytes than the message needs, or more than a packet may have. */
    LENGTH,
    /** A message that peers do not send. */
    TYPE,
    /** A field with a value that it cannot have. */
    VALUE,
    /** A message that is out of place. */
    ORDER,
    /** A lease, an allocation or a segment that the peer does not have. */
    ID,
    /** Descriptors, which are never asked for. */
    DESCRIPTOR
  }

  private final Code code;

  /**
   * A violation.
   *
   * @param code its kind
   * @param message what was expected, and what was found where
   */
  public ViolationException(Code code, String message) {
    // Nobody looks at its trace: whatever came is the reason, and a hostile peer makes many.
    super(message, null, false, false);
    this.code = code;
  }

  /** Its kind. */
  public Code code() {
    return code;
  }
}
