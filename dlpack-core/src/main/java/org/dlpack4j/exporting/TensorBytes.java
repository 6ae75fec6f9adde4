package org.dlpack4j.exporting;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import org.dlpack4j.DataType;
import org.dlpack4j.TensorFlags;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.Extent;

/** How many bytes a tensor spans, from its lowest to its highest element, gaps included. */
final class TensorBytes {

  private TensorBytes() {}

  static long of(TensorView view) {
    TensorLayout layout = view.layout();
    return layout.isEmpty()
        ? 0
        : span(
            view.dataType().strideBits(view.padded()),
            layout.lowestElement(),
            layout.highestElement());
  }

  /**
   * Of a block whose shape and strides are within it. It may be written meanwhile, by an exporter
   * or a consumer: nothing that is read is followed, and what makes no sense is 0 bytes.
   */
  static long of(long block, Flavour flavour) {
    long tensor = block + flavour.tensor();
    int ndim = ALL.get(JAVA_INT, tensor + DlpackAbi.NDIM);
    if (ndim < 0 || ndim > Block.MAX_NDIM) {
      return 0;
    }
    long[] shape = Block.numbers(block, 0, ndim);
    long[] strides = Block.numbers(block, ndim, ndim);
    Extent extent = new Extent();
    if (extent.count(ndim, shape) != Extent.FITS
        || extent.reach(ndim, shape, strides) != Extent.FITS
        || extent.elementCount() == 0) {
      return 0;
    }
    int dtype = ALL.get(JAVA_INT, tensor + DlpackAbi.DTYPE);
    boolean padded = flavour == Flavour.VERSIONED && isPadded(block);
    DataType type = DataType.of(dtype & 0xFF, dtype >>> 8 & 0xFF, dtype >>> 16);
    return span(type.strideBits(padded), extent.lowest(), extent.highest());
  }

  private static boolean isPadded(long block) {
    long flags = ALL.get(JAVA_LONG, block + DlpackAbi.FLAGS);
    return (flags & TensorFlags.IS_SUBBYTE_TYPE_PADDED) != 0;
  }

  /** At most a long: a handle has no address space that a layout would have to fit. */
  private static long span(int bits, long lowest, long highest) {
    if (!isLong(lowest, bits) || !isLong(highest, bits)) {
      return Long.MAX_VALUE;
    }
    long low = (lowest * bits) >> 3;
    long last = highest * bits;
    return (last >> 3) - low + (((last & 7) + bits + 7) >> 3);
  }

  private static boolean isLong(long element, int bits) {
    return Math.multiplyHigh(element, bits) == (element * bits) >> (Long.SIZE - 1);
  }
}
