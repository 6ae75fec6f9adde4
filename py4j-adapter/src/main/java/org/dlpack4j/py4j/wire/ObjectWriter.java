package org.dlpack4j.py4j.wire;

import java.util.List;
import java.util.function.Function;
import org.dlpack4j.Device;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.RowRange;
import org.dlpack4j.table.Table;
import org.dlpack4j.table.Validity;

/** Writes what an object is, in terms of segments. */
public final class ObjectWriter {

  /**
   * Where the first element of a tensor is, for another process.
   *
   * @param segment the segment's number
   * @param offset bytes from its start
   * @param copied whether the tensor is a copy of what was published
   */
  public record Place(long segment, long offset, boolean copied) {}

  private final WireWriter out = new WireWriter();
  private final Function<TensorView, Place> places;
  private final boolean readOnly;

  private ObjectWriter(Function<TensorView, Place> places, boolean readOnly) {
    this.places = places;
    this.readOnly = readOnly;
  }

  /**
   * A tensor.
   *
   * @param view what it is
   * @param places finds it
   * @param readOnly whether the peer must not write to it, whatever the view says
   * @return the bytes of an object
   */
  public static byte[] write(
      TensorView view, Function<TensorView, Place> places, boolean readOnly) {
    ObjectWriter writer = new ObjectWriter(places, readOnly);
    writer.out.u8(ObjectReader.TENSOR);
    writer.tensor(view);
    return writer.out.toBytes();
  }

  /**
   * A column.
   *
   * @param column what it is
   * @param places finds its tensors
   * @param readOnly whether the peer must not write to it, whatever its views say
   * @return the bytes of an object
   */
  public static byte[] write(Column column, Function<TensorView, Place> places, boolean readOnly) {
    ObjectWriter writer = new ObjectWriter(places, readOnly);
    writer.out.u8(ObjectReader.COLUMN);
    writer.column(column, column.name());
    return writer.out.toBytes();
  }

  /**
   * A table.
   *
   * @param table what it is
   * @param places finds its tensors
   * @param readOnly whether the peer must not write to it, whatever its views say
   * @return the bytes of an object
   */
  public static byte[] write(Table table, Function<TensorView, Place> places, boolean readOnly) {
    ObjectWriter writer = new ObjectWriter(places, readOnly);
    List<Column> columns = table.columns();
    writer.out.u8(ObjectReader.TABLE).i64(table.rows()).i32(columns.size());
    columns.forEach(column -> writer.column(column, column.name()));
    return writer.out.toBytes();
  }

  private void column(Column column, String name) {
    Form form = column.type().form();
    out.string(name).string(ColumnFormats.of(column));
    out.u8(column.validity().isPresent() ? 1 : 0).i64(column.rows());
    int parts = form.hasData() ? WireObject.Column.DATA : 0;
    parts |= column.offsets().isPresent() ? WireObject.Column.OFFSETS : 0;
    parts |= column.sizes().isPresent() ? WireObject.Column.SIZES : 0;
    parts |= column.validity().isPresent() ? WireObject.Column.VALIDITY : 0;
    parts |= form.skipsRows() ? WireObject.Column.FIRST : 0;
    out.u8(parts);
    if (form.skipsRows()) {
      out.i64(column.range().map(RowRange::first).orElse(0L));
    }
    if (form.hasData()) {
      tensor(column.data());
    }
    column.offsets().ifPresent(this::tensor);
    column.sizes().ifPresent(this::tensor);
    column.validity().ifPresent(this::validity);
    children(column);
  }

  private void validity(Validity validity) {
    out.u8(validity.skip());
    tensor(validity.bytes());
  }

  private void children(Column column) {
    List<Column> children = column.children();
    if (children.size() > Short.toUnsignedInt((short) -1)) {
      throw new IllegalArgumentException(
          "column %s: expected at most 65535 children but found %d"
              .formatted(column.name(), children.size()));
    }
    out.u16(children.size());
    boolean isDictionary = column.type() instanceof LogicalType.Dictionary;
    children.forEach(child -> column(child, isDictionary ? "" : child.name()));
  }

  private void tensor(TensorView view) {
    Place place = places.apply(view);
    int ndim = view.layout().ndim();
    if (ndim > Byte.toUnsignedInt((byte) -1)) {
      throw new IllegalArgumentException("ndim: expected at most 255 dimensions but found " + ndim);
    }
    int flags = isReadOnly(view) ? WireObject.Tensor.READ_ONLY : 0;
    flags |= place.copied() ? WireObject.Tensor.IS_COPIED : 0;
    flags |= view.padded() ? WireObject.Tensor.IS_SUBBYTE_TYPE_PADDED : 0;
    out.i64(place.segment()).i64(place.offset());
    // Whatever main memory is to this process, to the peer it is just that.
    Device device = view.device().isHostAccessible() ? Device.CPU : view.device();
    out.i32(device.type()).i32(device.id());
    out.u8(view.dataType().code()).u8(view.dataType().bits()).u16(view.dataType().lanes());
    out.u8(flags).u8(ndim);
    for (int axis = 0; axis < ndim; axis++) {
      out.i64(view.layout().shape(axis));
    }
    for (int axis = 0; axis < ndim; axis++) {
      out.i64(view.layout().stride(axis));
    }
  }

  private boolean isReadOnly(TensorView view) {
    return readOnly || view.readOnly() || view.layout().mayOverlap();
  }
}
