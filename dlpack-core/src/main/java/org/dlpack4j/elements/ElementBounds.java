package org.dlpack4j.elements;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.TensorLayout;

/** Where elements may lie: within their segment, and aligned or not. */
final class ElementBounds {

  private ElementBounds() {}

  /** Refuses elements that do not all lie within the segment. */
  static void check(MemorySegment segment, long base, ElementCodec codec, TensorLayout layout) {
    if (!layout.isEmpty() && !fits(segment.byteSize(), base, codec.strideBits(), layout)) {
      throw new IllegalArgumentException(
          "segment: expected bytes for %s%s from byte %d on but found %d bytes"
              .formatted(codec.dataType(), layout, base, segment.byteSize()));
    }
  }

  private static boolean fits(long bytes, long base, int bits, TensorLayout layout) {
    try {
      long lowest = Math.addExact(layout.offset(), layout.lowestElement());
      long highest = Math.addExact(layout.offset(), layout.highestElement());
      long low = byteOf(base, lowest, bits);
      long lastBits = ((highest & 7) * bits) & 7;
      long end = Math.addExact(byteOf(base, highest, bits), (lastBits + bits + 7) / Byte.SIZE);
      return low >= 0 && end <= bytes;
    } catch (ArithmeticException beyondLong) {
      return false; // and so beyond every segment
    }
  }

  private static long byteOf(long base, long element, int bits) {
    long whole = Math.multiplyExact(element >> 3, (long) bits);
    return Math.addExact(base, Math.addExact(whole, ((element & 7) * bits) >> 3));
  }

  /** Java's layout of one element: aligned if every element is. */
  static ValueLayout valueLayout(TensorElements elements) {
    ValueLayout unaligned = unaligned(elements);
    if (elements.layout().isEmpty()) {
      return unaligned;
    }
    MemorySegment segment = elements.segment();
    long size = unaligned.byteSize();
    long first = elements.firstElementOffset();
    // Strides count elements, so all are aligned if the first is. An array promises no more than
    // its own elements' alignment, wherever the garbage collector puts it.
    boolean aligned =
        segment.isNative()
            ? (segment.address() + first) % size == 0
            : segment.maxByteAlignment() >= size && first % size == 0;
    return aligned ? unaligned.withByteAlignment(size) : unaligned;
  }

  private static ValueLayout unaligned(TensorElements elements) {
    int bits = elements.dataType().bits();
    ValueLayout layout =
        switch (elements.dataType().code()) {
          case Code.INT, Code.UINT ->
              switch (bits) {
                case Byte.SIZE -> ValueLayout.JAVA_BYTE;
                case Short.SIZE -> ValueLayout.JAVA_SHORT_UNALIGNED;
                case Integer.SIZE -> ValueLayout.JAVA_INT_UNALIGNED;
                case Long.SIZE -> ValueLayout.JAVA_LONG_UNALIGNED;
                default -> null;
              };
          case Code.FLOAT ->
              switch (bits) {
                case Float.SIZE -> ValueLayout.JAVA_FLOAT_UNALIGNED;
                case Double.SIZE -> ValueLayout.JAVA_DOUBLE_UNALIGNED;
                default -> null;
              };
          case Code.BOOL -> bits == Byte.SIZE ? ValueLayout.JAVA_BOOLEAN : null;
          default -> null;
        };
    if (layout == null) {
      throw elements.codec().refused("valueLayout()");
    }
    return layout;
  }
}
