package org.dlpack4j.arrow;

import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Validity;

/**
 * How much memory vectors are to lie on, and how much their bitmaps without nulls take.
 *
 * @param copying whether what no vector can lie on is copied; nothing is looked at otherwise
 */
record WrappedSizes(boolean copying) {

  long inPlace(Column column) {
    if (LaterRows.areIn(column)) {
      LaterRows later = LaterRows.of(column);
      TensorView shifted = later.shifted();
      return inPlace(later.column()) - (shifted == null ? 0 : inPlace(shifted));
    }
    long bytes = column.type().form().hasData() ? inPlace(column.data()) : 0;
    bytes += column.offsets().map(this::inPlace).orElse(0L);
    bytes += column.sizes().map(this::inPlace).orElse(0L);
    bytes += column.validity().map(Validity::bytes).map(this::inPlace).orElse(0L);
    for (Column child : column.children()) {
      bytes += inPlace(child);
    }
    return bytes;
  }

  long inPlace(TensorView view) {
    return isCopied(view) ? 0 : bytes(view);
  }

  boolean isCopied(TensorView view) {
    return copying && AllocatedCopies.isNeeded(view);
  }

  static long bytes(TensorView view) {
    return view.dataType().storageBytes(view.layout().elementCount(), false);
  }

  static long fullBitmaps(Column column) {
    boolean isFull = column.type().form().hasValidity() && column.validity().isEmpty();
    long bytes = isFull ? ForeignMemory.fullBitmapBytes(column.rows()) : 0;
    for (Column child : column.children()) {
      bytes += fullBitmaps(child);
    }
    return bytes;
  }

  static long fullBitmaps(FieldVector vector, long rows) {
    long bytes = ForeignMemory.fullBitmapBytes(rows);
    return BufferViews.storage(vector) instanceof FixedSizeListVector lists
        ? bytes + fullBitmaps(lists.getDataVector(), rows * lists.getListSize())
        : bytes;
  }
}
