package org.dlpack4j.py4j.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.py4j.wire.ViolationException.Code;
import org.jspecify.annotations.Nullable;

/** Reads what an object is said to be. */
final class ObjectReader {

  /** As deep as no format of anybody's goes; a stack has room for many more. */
  static final int MAX_DEPTH = 64;

  static final int TENSOR = 0;
  static final int COLUMN = 1;
  static final int TABLE = 2;

  // The least that each takes: a column's are two empty strings and what else has a size.
  private static final int LEAST_COLUMN = 16;

  private final WireReader in;

  ObjectReader(WireReader in) {
    this.in = in;
  }

  WireObject read() throws ViolationException {
    int kind = in.u8("object kind");
    return switch (kind) {
      case TENSOR -> tensor("tensor");
      case COLUMN -> column("column", 0);
      case TABLE -> {
        long rows = in.i64("table rows");
        long count = in.u32("table columns");
        yield new WireObject.Table(rows, columns("table", count, 0));
      }
      default -> throw WireReader.value("object kind", "0, 1 or 2", Integer.toString(kind));
    };
  }

  private List<WireObject.Column> columns(String where, long claimed, int depth)
      throws ViolationException {
    int count = in.count(where + " columns", claimed, LEAST_COLUMN);
    List<WireObject.Column> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      columns.add(column(where + "[" + i + "]", depth));
    }
    return columns;
  }

  private WireObject.Column column(String where, int depth) throws ViolationException {
    if (depth > MAX_DEPTH) {
      throw WireReader.value(where, "at most " + MAX_DEPTH + " levels of children", "more");
    }
    String name = in.string(where + " name");
    String format = in.string(where + " format");
    boolean nullable = in.bits(where + " nullable", 1) != 0;
    long rows = in.i64(where + " rows");
    int parts = in.bits(where + " parts", WireObject.Column.ALL_PARTS);
    OptionalLong first =
        (parts & WireObject.Column.FIRST) == 0
            ? OptionalLong.empty()
            : OptionalLong.of(in.i64(where + " first"));
    WireObject.Tensor data = part(parts, WireObject.Column.DATA, where + " data");
    WireObject.Tensor offsets = part(parts, WireObject.Column.OFFSETS, where + " offsets");
    WireObject.Tensor sizes = part(parts, WireObject.Column.SIZES, where + " sizes");
    boolean hasValidity = (parts & WireObject.Column.VALIDITY) != 0;
    int skip = hasValidity ? in.u8(where + " skip") : 0;
    WireObject.Tensor validity = part(parts, WireObject.Column.VALIDITY, where + " validity");
    int children = in.u16(where + " children");
    return new WireObject.Column(
        name,
        format,
        nullable,
        rows,
        first,
        data,
        offsets,
        sizes,
        validity,
        skip,
        columns(where, children, depth + 1));
  }

  private WireObject.@Nullable Tensor part(int parts, int part, String where)
      throws ViolationException {
    return (parts & part) == 0 ? null : tensor(where);
  }

  private WireObject.Tensor tensor(String where) throws ViolationException {
    long segment = in.i64(where + " segment");
    long offset = in.i64(where + " offset");
    Device device = new Device(in.i32(where + " device type"), in.i32(where + " device id"));
    DataType dataType =
        new DataType(in.u8(where + " code"), in.u8(where + " bits"), in.u16(where + " lanes"));
    int flags = in.bits(where + " flags", WireObject.Tensor.ALL_FLAGS);
    int ndim = in.u8(where + " ndim");
    long[] shape = in.i64s(where + " shape", ndim);
    long[] strides = in.i64s(where + " strides", ndim);
    try {
      TensorLayout layout = TensorLayout.strided(shape, strides);
      return new WireObject.Tensor(segment, offset, dataType, device, layout, flags);
    } catch (IllegalArgumentException e) {
      throw new ViolationException(Code.VALUE, where + ": " + e.getMessage());
    }
  }
}
