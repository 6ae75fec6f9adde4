package org.dlpack4j.table;

import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
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
    boolean dense = bytes.layout().ndim() == 1 && bytes.layout().isContiguous();
    if (!bytes.dataType().equals(DataType.UINT8) || !dense) {
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
    long bytesLong = bytes.layout().elementCount();
    return bytesLong > Long.MAX_VALUE / Byte.SIZE ? Long.MAX_VALUE : bytesLong * Byte.SIZE - skip;
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
    if (count == 0) {
      return new Validity(bytes.withLayout(bytes.layout().slice(0, 0, 0, 1)), 0);
    }
    long first = from + skip;
    long end = Math.ceilDiv(first + count, Byte.SIZE);
    TensorLayout part = bytes.layout().slice(0, first / Byte.SIZE, end, 1);
    return new Validity(bytes.withLayout(part), (int) (first % Byte.SIZE));
  }
}
