package org.dlpack4j.cudf;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.ColumnView;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.DeviceMemoryBuffer;
import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaMemory;
import org.dlpack4j.exporting.TensorExporter;

/** Columns of cuDF's over the driver's memory, as RMM's allocator needs a GPU. */
final class Columns {

  private Columns() {}

  /** Numbers without nulls, which nobody has set. */
  static ColumnVector of(DType type, long rows) {
    return new ColumnVector(
        type, rows, Optional.of(0L), buffer(rows * type.getSizeInBytes()), null, null);
  }

  static ColumnVector withNulls(DType type, long rows, long nulls) {
    return new ColumnVector(
        type,
        rows,
        Optional.of(nulls),
        buffer(rows * type.getSizeInBytes()),
        buffer(WrappedColumns.paddedMask(rows)),
        null);
  }

  static ColumnVector lists(long rows, long elements) {
    DeviceMemoryBuffer data = buffer(elements * Integer.BYTES);
    try (ColumnView child = new ColumnView(DType.INT32, elements, Optional.of(0L), data, null)) {
      return new ColumnVector(
          DType.LIST,
          rows,
          Optional.of(0L),
          null,
          null,
          buffer((rows + 1) * Integer.BYTES),
          List.of(data),
          new long[] {child.getNativeView()});
    }
  }

  static ColumnVector structs(long rows) {
    DeviceMemoryBuffer first = buffer(rows * Integer.BYTES);
    DeviceMemoryBuffer second = buffer(rows * Double.BYTES);
    try (ColumnView ints = new ColumnView(DType.INT32, rows, Optional.of(0L), first, null);
        ColumnView doubles = new ColumnView(DType.FLOAT64, rows, Optional.of(0L), second, null)) {
      return new ColumnVector(
          DType.STRUCT,
          rows,
          Optional.of(0L),
          null,
          null,
          null,
          List.of(first, second),
          new long[] {ints.getNativeView(), doubles.getNativeView()});
    }
  }

  static ColumnVector text(long rows, long bytes) {
    return new ColumnVector(
        DType.STRING,
        rows,
        Optional.of(0L),
        buffer(bytes),
        null,
        buffer((rows + 1) * Integer.BYTES));
  }

  /** Memory that is freed when cuDF closes the buffer. */
  static DeviceMemoryBuffer buffer(long bytes) {
    CudaMemory memory = CudaMemory.allocate(0, bytes);
    DeviceMemoryBuffer buffer = DeviceMemoryBuffer.fromRmm(memory.address(), bytes, 0);
    buffer.setEventHandler(
        references -> {
          if (references == 0) {
            memory.close();
          }
        });
    return buffer;
  }

  /** A tensor of another library. */
  static java.lang.foreign.MemorySegment managed(TensorView view, Owner owner) {
    return TensorExporter.export(view, owner).transferOut();
  }

  static TensorView view(CudaMemory memory, DataType type, long... shape) {
    return memory.view(type, shape);
  }
}
