package org.dlpack4j.table;

import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;

/**
 * A bit a row, the lowest bit of a byte first, as Arrow and cuDF have them.
 *
 * @param bytes the bits, as bytes without gaps
 * @param skip the bits before that of the first row
 */
record PackedBits(TensorView bytes, long skip) {

  static boolean fit(TensorView bytes) {
    return bytes.dataType().equals(DataType.UINT8)
        && bytes.layout().ndim() == 1
        && bytes.layout().isContiguous();
  }

  /** How many rows there are bits for, at most. */
  long rows() {
    long count = bytes.layout().elementCount();
    return count > Long.MAX_VALUE / Byte.SIZE ? Long.MAX_VALUE : count * Byte.SIZE - skip;
  }

  /** The bits of some rows, of which 0 to 7 are skipped. */
  PackedBits slice(long from, long count) {
    if (count == 0) {
      return new PackedBits(bytes.withLayout(bytes.layout().slice(0, 0, 0, 1)), 0);
    }
    long first = from + skip;
    long end = Math.ceilDiv(first + count, Byte.SIZE);
    TensorLayout part = bytes.layout().slice(0, first / Byte.SIZE, end, 1);
    return new PackedBits(bytes.withLayout(part), first % Byte.SIZE);
  }
}
