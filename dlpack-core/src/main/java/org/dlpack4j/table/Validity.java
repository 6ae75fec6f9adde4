package org.dlpack4j.table;

import org.dlpack4j.TensorView;

/**
 * Which rows are not null: a bit a row, 1 for a value, the lowest bit of a byte first, as Arrow and
 * cuDF have them.
 *
 * @param bytes the bits, as bytes without gaps
 * @param skip the bits before that of the first row; 0 to 7
 */
public record Validity(TensorView bytes, int skip) {

  /**
   * Checks the bytes' layout and the bits to skip.
   *
   * @throws IllegalArgumentException if they are not as described
   */
  public Validity {
    if (!PackedBits.fit(bytes)) {
      throw new IllegalArgumentException(
          "validity: expected uint8 in one dimension without gaps but found " + bytes);
    }
    if (skip < 0 || skip >= Byte.SIZE) {
      throw new IllegalArgumentException(
          "validity: expected to skip 0 to 7 bits but found " + skip);
    }
  }

  /**
   * How many rows there are bits for.
   *
   * @return at most
   */
  public long rows() {
    return new PackedBits(bytes, skip).rows();
  }

  /**
   * The bits of some rows.
   *
   * @param from the first
   * @param count how many
   * @return theirs, in place
   * @throws IndexOutOfBoundsException if there are fewer
   */
  public Validity slice(long from, long count) {
    PackedBits part = new PackedBits(bytes, skip).slice(from, count);
    return new Validity(part.bytes(), (int) part.skip());
  }
}
