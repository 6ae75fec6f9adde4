package org.dlpack4j.py4j.wire;

import org.jspecify.annotations.Nullable;

/** What kinds of messages there are, and who sends them. */
public enum MessageType {
  HELLO(1, true),
  WELCOME(2, false),
  FETCH(3, true),
  GRANT(4, false),
  SEGMENT(5, false),
  REFUSED(6, false),
  RELEASE(7, true),
  ALLOC(8, true),
  PUBLISH(9, true),
  OK(10, false),
  DROP(11, true),
  RETIRE(12, false),
  LIST(13, true),
  NAMES(14, false),
  REMOVE(15, true),
  ALLOC_ON(16, true);

  private final int code;
  private final boolean fromPeer;

  MessageType(int code, boolean fromPeer) {
    this.code = code;
    this.fromPeer = fromPeer;
  }

  /** The number on the wire. */
  public int code() {
    return code;
  }

  /** The one that a peer may send under a number; null if there is none. */
  static @Nullable MessageType fromPeer(int code) {
    for (MessageType type : values()) {
      if (type.code == code && type.fromPeer) {
        return type;
      }
    }
    return null;
  }
}
