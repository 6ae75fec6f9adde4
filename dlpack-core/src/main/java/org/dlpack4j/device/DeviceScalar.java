package org.dlpack4j.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;

/** Single numbers that lie on a device, such as a number of rows that was computed there. */
public final class DeviceScalar {

  private DeviceScalar() {}

  /**
   * Reads an integer, once the work before it is done.
   *
   * @param view one element, wherever it is; kept alive by the caller
   * @param after what is queued there now comes first; {@link DeviceStream#READY} if nothing needs
   *     to
   * @return the number; one of 64 bits without a sign may come out negative
   * @throws IllegalArgumentException if it is not one whole integer
   * @throws UnsupportedOperationException if no runtime serves the device
   */
  public static long read(TensorView view, DeviceStream after) {
    DataType type = view.dataType();
    boolean isInteger =
        (type.code() == DataType.Code.INT || type.code() == DataType.Code.UINT)
            && type.isKnown()
            && type.lanes() == 1
            && !type.isSubByte();
    if (!isInteger || view.layout().elementCount() != 1) {
      throw new IllegalArgumentException(
          "scalar: expected one integer of whole bytes but found " + view);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(type.elementBits() / Byte.SIZE, Long.BYTES);
      DeviceRuntimes.of(view.device()).copyToHost(view.device(), view.dataAddress(), copy, after);
      return TensorElements.of(copy, type, TensorLayout.contiguous(1)).getLong(0);
    }
  }
}
