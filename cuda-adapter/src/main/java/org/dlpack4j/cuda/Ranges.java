package org.dlpack4j.cuda;

import org.dlpack4j.TensorView;

/** Whether the elements of a tensor lie in an allocation. */
final class Ranges {

  private Ranges() {}

  /**
   * Checks it.
   *
   * @throws IllegalArgumentException if any element lies elsewhere
   */
  static void requireWithin(TensorView view, long base, long byteSize) {
    if (view.layout().isEmpty()) {
      return;
    }
    int bits = view.dataType().strideBits(view.padded());
    long first = view.dataAddress();
    // A view lies in the address space, so these do not overflow.
    long low = first + Math.floorDiv(view.layout().lowestElement() * bits, Byte.SIZE);
    long high = first + Math.floorDiv(view.layout().highestElement() * bits + bits - 1, Byte.SIZE);
    if (Long.compareUnsigned(low, base) < 0
        || Long.compareUnsigned(high - base, byteSize) >= 0
        || Long.compareUnsigned(low, high) > 0) {
      throw new IllegalArgumentException(
          "data: expected elements within the %d bytes from 0x%x but found 0x%x to 0x%x"
              .formatted(byteSize, base, low, high));
    }
  }
}
