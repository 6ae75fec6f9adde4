package org.dlpack4j.cudf;

import ai.rapids.cudf.ColumnVector;
import ai.rapids.cudf.ColumnView;
import ai.rapids.cudf.DType;
import ai.rapids.cudf.DeviceMemoryBuffer;
import ai.rapids.cudf.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/** Makes cuDF's columns over memory that is there already. */
final class WrappedColumns {

  /** cuDF's kernels read whole blocks of a validity mask. */
  static final int MASK_PADDING = 64;

  private final AdoptedMemory memory;
  private final Placement placement;
  private final NullCounts nullCounts;

  WrappedColumns(AdoptedMemory memory, Placement placement, NullCounts nullCounts) {
    this.memory = memory;
    this.placement = placement;
    this.nullCounts = nullCounts;
  }

  /** Of numbers, without nulls. */
  ColumnVector of(DType type, TensorView view) {
    String path = type.toString();
    long rows = countable(path, view.layout().shape(0));
    return new ColumnVector(type, rows, Optional.of(0L), buffer(path, view), null, null);
  }

  /** A column for each of a matrix. */
  Table ofMatrix(TensorView matrix) {
    int count = Math.toIntExact(matrix.layout().shape(1));
    return table(
        count,
        i ->
            of(
                ColumnTypes.of(ColumnViews.name(i), matrix.dataType()),
                matrix.withLayout(matrix.layout().select(1, i))));
  }

  Table of(org.dlpack4j.table.Table table) {
    return table(table.columns().size(), i -> of(table.columns().get(i)));
  }

  /** The table holds references of its own. */
  private static Table table(int count, IntFunction<ColumnVector> make) {
    if (count == 0) {
      throw new RefusedColumnException(
          "table", "expected columns, as cuDF's tables have some, but found none");
    }
    List<ColumnVector> columns = new ArrayList<>(count);
    try {
      for (int i = 0; i < count; i++) {
        columns.add(make.apply(i));
      }
      return new Table(columns.toArray(ColumnVector[]::new));
    } finally {
      columns.forEach(ColumnVector::close);
    }
  }

  ColumnVector of(Column column) {
    String path = column.name();
    DType type = ColumnTypes.of(path, column);
    Parts parts = parts(path, column);
    if (!type.isNestedType()) {
      return new ColumnVector(
          type, parts.rows, parts.nulls, parts.data, parts.validity, parts.offsets);
    }
    List<DeviceMemoryBuffer> below = new ArrayList<>();
    List<ColumnView> children = children(path, column, below);
    try {
      long[] handles = children.stream().mapToLong(ColumnView::getNativeView).toArray();
      return new ColumnVector(
          type, parts.rows, parts.nulls, null, parts.validity, parts.offsets, below, handles);
    } finally {
      children.forEach(ColumnView::close);
    }
  }

  /** A view that owns nothing; whatever it is made of is closed by the column around it. */
  private ColumnView child(String path, Column column, List<DeviceMemoryBuffer> below) {
    DType type = ColumnTypes.of(path, column);
    Parts parts = parts(path, column);
    parts.addTo(below);
    if (!type.isNestedType()) {
      return new ColumnView(
          type, parts.rows, parts.nulls, parts.data, parts.validity, parts.offsets);
    }
    List<ColumnView> children = children(path, column, below);
    try {
      return new ColumnView(
          type,
          parts.rows,
          parts.nulls,
          parts.validity,
          parts.offsets,
          children.toArray(ColumnView[]::new));
    } finally {
      children.forEach(ColumnView::close);
    }
  }

  private List<ColumnView> children(String path, Column column, List<DeviceMemoryBuffer> below) {
    List<ColumnView> views = new ArrayList<>();
    try {
      for (Column child : column.children()) {
        views.add(child(path + '.' + child.name(), child, below));
      }
      return views;
    } catch (Throwable e) {
      views.forEach(ColumnView::close);
      throw e;
    }
  }

  /** What a column has beside children. */
  private record Parts(
      long rows,
      Optional<Long> nulls,
      @Nullable DeviceMemoryBuffer data,
      @Nullable DeviceMemoryBuffer validity,
      @Nullable DeviceMemoryBuffer offsets) {

    void addTo(List<DeviceMemoryBuffer> list) {
      for (DeviceMemoryBuffer buffer : new DeviceMemoryBuffer[] {data, validity, offsets}) {
        if (buffer != null) {
          list.add(buffer);
        }
      }
    }
  }

  private Parts parts(String path, Column column) {
    long rows = countable(path, column.rows());
    Optional<Long> nulls = nullCounts.of(path, column);
    TensorView data = column.type().form().hasData() ? column.data() : null;
    TensorView offsets = column.offsets().orElse(null);
    if (offsets != null) {
      requireOffsets(path, offsets, data);
    }
    Validity validity = rows == 0 ? null : column.validity().orElse(null);
    return new Parts(
        rows,
        nulls,
        buffer(path, data),
        validity == null ? null : memory.buffer(mask(path, validity, rows)),
        rows == 0 ? null : buffer(path, offsets));
  }

  private @Nullable DeviceMemoryBuffer buffer(String path, @Nullable TensorView view) {
    return view == null ? null : memory.buffer(placement.placed(path, view));
  }

  /** cuDF-Java would cut a larger number. */
  private static long countable(String path, long rows) {
    if (rows > Integer.MAX_VALUE) {
      throw new RefusedColumnException(
          path,
          "expected at most %d rows, as cuDF has no more, but found %d; bring it in parts"
              .formatted(Integer.MAX_VALUE, rows));
    }
    return rows;
  }

  private static void requireOffsets(String path, TensorView offsets, @Nullable TensorView data) {
    if (!offsets.dataType().equals(DataType.INT32)) {
      throw new RefusedColumnException(
          path,
          "expected offsets of int32, as cuDF-Java has, but found %s; have them converted"
              .formatted(offsets.dataType()));
    }
    if (data != null && data.layout().elementCount() > Integer.MAX_VALUE) {
      throw new RefusedColumnException(
          path,
          "expected bytes that int32 can count but found %d; bring it in parts"
              .formatted(data.layout().elementCount()));
    }
  }

  private TensorView mask(String path, Validity validity, long rows) {
    TensorView bits = validity.bytes();
    long padded = paddedMask(rows);
    if (validity.skip() != 0) {
      throw new RefusedColumnException(
          path,
          "expected validity from the first bit of a byte but found %d to skip; have it shifted where it is"
              .formatted(validity.skip()));
    }
    if (bits.layout().elementCount() >= padded && bits.dataAddress() % Integer.BYTES == 0) {
      return placement.placed(path, bits.withLayout(bits.layout().slice(0, 0, padded, 1)));
    }
    return placement.copied(
        path,
        bits.withLayout(bits.layout().slice(0, 0, Math.ceilDiv(rows, Byte.SIZE), 1)),
        padded,
        "validity of %d bytes, as cuDF reads blocks of %d, from a multiple of %d on,"
            .formatted(padded, MASK_PADDING, Integer.BYTES));
  }

  static long paddedMask(long rows) {
    return Math.ceilDiv(Math.ceilDiv(rows, Byte.SIZE), MASK_PADDING) * (long) MASK_PADDING;
  }
}
