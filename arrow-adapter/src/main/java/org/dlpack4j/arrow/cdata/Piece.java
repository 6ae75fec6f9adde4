package org.dlpack4j.arrow.cdata;

import org.dlpack4j.arrow.bitmap.ForeignBuffers;

/** One buffer of a vector to be, by where its bytes come from. */
sealed interface Piece {

  /** How many bytes of foreign memory the vector will hold. */
  default long foreignBytes() {
    return 0;
  }

  /** How many bytes of a full bitmap the vector will hold, each piece's from a byte of its own. */
  default long fullBitmapBytes() {
    return 0;
  }

  /**
   * Foreign memory as it is.
   *
   * @param address where
   * @param bytes how much
   */
  record Slice(long address, long bytes) implements Piece {
    @Override
    public long foreignBytes() {
      return bytes;
    }
  }

  /**
   * Bits that are all set.
   *
   * @param bits how many
   */
  record Ones(long bits) implements Piece {
    @Override
    public long fullBitmapBytes() {
      return ForeignBuffers.fullBitmapBytes(bits);
    }
  }

  /**
   * Zero bytes for a vector without values.
   *
   * @param bytes how many, a few
   */
  record Zeros(int bytes) implements Piece {}

  /**
   * Bits that do not begin with a byte, to be copied to one that does.
   *
   * @param address of the byte with the first of them
   * @param firstBit in that byte
   * @param count how many
   */
  record Bits(long address, int firstBit, long count) implements Piece {}

  /**
   * Run ends to be copied and counted from another place.
   *
   * @param address of the first
   * @param width bytes of one
   * @param count how many
   * @param from the logical index that becomes 0
   * @param length the logical length that is left
   */
  record RunEnds(long address, int width, int count, long from, long length) implements Piece {}

  /**
   * Type ids to be copied and replaced by others.
   *
   * @param address of the first
   * @param count how many
   * @param ids the other, by the one; -1 for what may not occur
   */
  @SuppressWarnings("ArrayRecordComponent") // Never written.
  record TypeIds(long address, int count, byte[] ids) implements Piece {}
}
