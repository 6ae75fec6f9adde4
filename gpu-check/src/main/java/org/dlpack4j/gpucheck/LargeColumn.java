package org.dlpack4j.gpucheck;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaCopies;
import org.dlpack4j.device.DeviceStream;

/** A column of int64 on the first device, of which only the last number matters. */
final class LargeColumn {

  private LargeColumn() {}

  /** Writes the count of the numbers to the last one of them. */
  static void mark(TensorView column) {
    long count = column.layout().elementCount();
    TensorView last =
        new TensorView(
            column.dataAddress() + (count - 1) * Long.BYTES,
            DataType.INT64,
            column.device(),
            TensorLayout.contiguous(1),
            false,
            false);
    try (Arena arena = Arena.ofConfined()) {
      TensorView number = TensorView.of(arena.allocateFrom(JAVA_LONG, count), DataType.INT64, 1);
      CudaCopies.copy(number, last, 0, DeviceStream.LEGACY_DEFAULT);
    }
  }
}
