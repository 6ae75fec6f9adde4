package org.dlpack4j.py4j.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * What a peer proves by that it has a ticket: 128 bits.
 *
 * @param high the first 8 bytes, as a big-endian number
 * @param low the others
 */
public record Token(long high, long low) {

  /** How many bytes it has on the wire. */
  public static final int BYTES = 2 * Long.BYTES;

  /** One that nobody can guess. */
  public static Token random(SecureRandom random) {
    return new Token(random.nextLong(), random.nextLong());
  }

  static Token of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
    return new Token(buffer.getLong(), buffer.getLong());
  }

  /** 32 hexadecimal digits. */
  public String hex() {
    HexFormat format = HexFormat.of();
    return format.toHexDigits(high) + format.toHexDigits(low);
  }

  /** Tells nobody what it is: it may come to stand in a log. */
  @Override
  public String toString() {
    return "Token";
  }
}
