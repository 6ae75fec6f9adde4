package org.dlpack4j.cuda;

import org.dlpack4j.TensorView;

/** Where the elements of a tensor lie: in an allocation, or in each other's place. */
final class Ranges {

  private Ranges() {}

  /** The first and the last byte of a tensor with elements. */
  private record Bytes(long low, long high) {
    static Bytes of(TensorView view) {
      int bits = view.dataType().strideBits(view.padded());
      long first = view.dataAddress();
      // A view lies in the address space, so these do not overflow.
      return new Bytes(
          first + Math.floorDiv(view.layout().lowestElement() * bits, Byte.SIZE),
          first + Math.floorDiv(view.layout().highestElement() * bits + bits - 1, Byte.SIZE));
    }
  }

  static boolean isWithin(TensorView view, long base, long byteSize) {
    Bytes bytes = Bytes.of(view);
    return Long.compareUnsigned(bytes.low, base) >= 0
        && Long.compareUnsigned(bytes.high - base, byteSize) < 0
        && Long.compareUnsigned(bytes.low, bytes.high) <= 0;
  }

  /** Whether there is a byte between the first and the last of both. */
  static boolean overlap(TensorView one, TensorView other) {
    if (one.layout().isEmpty() || other.layout().isEmpty()) {
      return false;
    }
    Bytes first = Bytes.of(one);
    Bytes second = Bytes.of(other);
    return Long.compareUnsigned(first.low, second.high) <= 0
        && Long.compareUnsigned(second.low, first.high) <= 0;
  }

  /**
   * Checks it.
   *
   * @throws IllegalArgumentException if any element lies elsewhere
   */
  static void requireWithin(TensorView view, long base, long byteSize) {
    if (!view.layout().isEmpty() && !isWithin(view, base, byteSize)) {
      Bytes bytes = Bytes.of(view);
      throw new IllegalArgumentException(
          "data: expected elements within the %d bytes from 0x%x but found 0x%x to 0x%x"
              .formatted(byteSize, base, bytes.low, bytes.high));
    }
  }
}
