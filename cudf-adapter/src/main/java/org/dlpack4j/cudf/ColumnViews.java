package org.dlpack4j.cudf;

import ai.rapids.cudf.BaseDeviceMemoryBuffer;
import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.ColumnView;
import ai.rapids.cudf.DType;
import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaViews;
import org.dlpack4j.cudf.Crossing.Numbers;
import org.dlpack4j.cudf.Crossing.Refused;
import org.dlpack4j.cudf.Crossing.Shaped;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/**
 * Describes columns where they lie, and remembers every tensor. Of a child only that of a column
 * which begins with its first row: cuDF-Java cannot tell where others begin.
 */
final class ColumnViews {

  private final List<TensorView> seen = new ArrayList<>(1);

  /** One tensor, of a number a row. */
  TensorView tensor(ColumnVector column) {
    DType type = column.getType();
    return switch (Crossings.of(type)) {
      case Numbers(DataType dataType, _) -> {
        requireTensor(column, dataType);
        yield see(column.getData(), dataType, column.getRowCount());
      }
      case Shaped _ ->
          throw refusal(type, "expected a number a row but found more; export it as a column");
      case Refused(String why) -> throw refusal(type, why);
    };
  }

  private static void requireTensor(ColumnVector column, DataType dataType) {
    if (column.getNullCount() != 0) {
      throw refusal(
          column.getType(),
          "expected no nulls but found %d in %d rows; export it as a column, or replace them"
              .formatted(column.getNullCount(), column.getRowCount()));
    }
    if (dataType.elementBits() > Long.SIZE) {
      throw refusal(
          column.getType(),
          "expected numbers that consumers know but found %s; export it as a column"
              .formatted(dataType));
    }
  }

  /** As many tensors as the column has buffers. */
  Column column(String name, ColumnView view) {
    DType type = view.getType();
    Column column =
        switch (Crossings.of(type)) {
          case Numbers(DataType dataType, var logicalType) ->
              Column.of(
                  name, logicalType.apply(type), see(view.getData(), dataType, view.getRowCount()));
          case Shaped.TEXT -> text(name, view);
          case Shaped.LISTS -> Column.ofLists(name, offsets(view), child("item", view, 0));
          case Shaped.STRUCTS -> Column.ofStructs(name, view.getRowCount(), members(view));
          case Refused(String why) -> throw refusal(type, why);
        };
    return view.getNullCount() == 0 ? column : column.withValidity(validity(view));
  }

  private Column text(String name, ColumnView view) {
    return text(name, offsets(view), view.getRowCount() == 0 ? null : view.getData());
  }

  /** Of as many bytes as cuDF says that there are. */
  Column text(String name, TensorView offsets, @Nullable BaseDeviceMemoryBuffer bytes) {
    long size = bytes == null ? 0 : bytes.getLength();
    if (size > Integer.MAX_VALUE) {
      throw refusal(
          DType.STRING,
          "expected at most %d bytes but found %d, of which cuDF-Java does not tell the offsets' type; split it"
              .formatted(Integer.MAX_VALUE, size));
    }
    return Column.ofBytes(name, new LogicalType.Text(), offsets, see(bytes, DataType.UINT8, size));
  }

  /** One more than there are rows; none where there are no rows, as cuDF has none either. */
  private TensorView offsets(ColumnView view) {
    long rows = view.getRowCount();
    return rows == 0
        ? see(null, DataType.INT32, 0)
        : see(view.getOffsets(), DataType.INT32, rows + 1);
  }

  private Column child(String name, ColumnView view, int index) {
    try (ColumnView child = view.getChildColumnView(index)) {
      return column(name, child);
    }
  }

  private List<Column> members(ColumnView view) {
    List<Column> members = new ArrayList<>();
    for (int i = 0; i < view.getNumChildren(); i++) {
      members.add(child(name(i), view, i));
    }
    return members;
  }

  /** What core calls columns that have no name. */
  static String name(int index) {
    return "col_" + index;
  }

  /** With the padding, which an import asks for. */
  private Validity validity(ColumnView view) {
    BaseDeviceMemoryBuffer bits = view.getValid();
    return new Validity(see(bits, DataType.UINT8, bits.getLength()), 0);
  }

  private TensorView see(@Nullable BaseDeviceMemoryBuffer buffer, DataType type, long count) {
    long address = buffer == null ? 0 : buffer.getAddress();
    TensorView view = CudaViews.at(address, type, TensorLayout.contiguous(count));
    seen.add(view);
    return view;
  }

  /** One of the device that the columns are of. */
  TensorView any() {
    for (TensorView view : seen) {
      if (!view.layout().isEmpty()) {
        return view;
      }
    }
    return seen.isEmpty()
        ? CudaViews.at(0, DataType.UINT8, TensorLayout.contiguous(0))
        : seen.getFirst();
  }

  /** Of all tensors together. */
  long bytes() {
    long bytes = 0;
    for (TensorView view : seen) {
      bytes += view.dataType().storageBytes(view.layout().elementCount(), false);
    }
    return bytes;
  }

  private static RefusedColumnException refusal(DType type, String reason) {
    return new RefusedColumnException(type.toString(), reason);
  }
}
