package org.dlpack4j.gpucheck;

/** Standard output of a part. */
final class Console {

  private Console() {}

  @SuppressWarnings("SystemOut") // The protocol.
  static void say(Message message) {
    System.out.println(message.line());
  }
}
