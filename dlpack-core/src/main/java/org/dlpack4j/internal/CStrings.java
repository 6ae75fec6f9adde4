package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Strings of C, which end with a zero. */
public final class CStrings {

  /** Nobody's message for people is longer; a string without an end is not read for ever. */
  static final int MOST_BYTES = 64 * 1024;

  private CStrings() {}

  /**
   * Copies a string that is somebody else's.
   *
   * @param address where it is, or 0
   * @return at most 64 KiB of it, what is not UTF-8 replaced; empty for NULL
   */
  public static String read(long address) {
    if (address == 0) {
      return "";
    }
    int length = 0;
    while (length < MOST_BYTES && Memory.ALL.get(JAVA_BYTE, address + length) != 0) {
      length++;
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(Memory.ALL, JAVA_BYTE, address, bytes, 0, length);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
