package org.dlpack4j.py4j;

import org.dlpack4j.TensorView;

/**
 * The bytes that a tensor's elements are in, gaps included.
 *
 * @param low the address of the first
 * @param high the address after the last
 */
record Reach(long low, long high) {

  /** That of a tensor that has elements, and addresses. */
  static Reach of(TensorView view) {
    int bits = view.dataType().strideBits(view.padded());
    long data = view.dataAddress();
    long low = data + Math.floorDiv(view.layout().lowestElement() * bits, Byte.SIZE);
    long end = data + Math.ceilDiv(view.layout().highestElement() * bits + bits, (long) Byte.SIZE);
    return new Reach(low, end);
  }

  long bytes() {
    return high - low;
  }
}
