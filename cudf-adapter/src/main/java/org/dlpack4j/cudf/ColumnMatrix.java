package org.dlpack4j.cudf;

import ai.rapids.cudf.ColumnVector;
import java.util.List;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.CudaViews;

/** The columns of a table as those of a matrix: numbers of one type, without nulls. */
final class ColumnMatrix {

  private ColumnMatrix() {}

  /** Each column by itself. */
  static List<TensorView> columns(List<ColumnVector> columns, ColumnViews views) {
    if (columns.isEmpty()) {
      throw new RefusedColumnException("table", "expected columns but found none");
    }
    List<TensorView> tensors = columns.stream().map(views::tensor).toList();
    TensorView first = tensors.getFirst();
    for (int i = 1; i < tensors.size(); i++) {
      TensorView tensor = tensors.get(i);
      if (!tensor.dataType().equals(first.dataType())) {
        throw new RefusedColumnException(
            ColumnViews.name(i),
            "expected numbers of %s, as in the first column, but found %s; cast it"
                .formatted(first.dataType(), tensor.dataType()));
      }
    }
    return tensors;
  }

  /** All columns where they lie, if that is at one stride in one allocation. */
  static TensorView inPlace(List<ColumnVector> columns, ColumnViews views) {
    List<TensorView> tensors = columns(columns, views);
    TensorView first = tensors.getFirst();
    long rows = first.layout().shape(0);
    int width = first.dataType().elementBits() / Byte.SIZE;
    long distance =
        tensors.size() == 1 ? rows * width : tensors.get(1).dataAddress() - first.dataAddress();
    for (int i = 1; i < tensors.size(); i++) {
      long expected = first.dataAddress() + i * distance;
      if (tensors.get(i).dataAddress() != expected || distance % width != 0) {
        throw new RefusedColumnException(
            ColumnViews.name(i),
            "expected it at 0x%x, as far from the column before as the second is from the first, but found it at 0x%x; export a copy"
                .formatted(expected, tensors.get(i).dataAddress()));
      }
    }
    TensorLayout layout =
        TensorLayout.strided(new long[] {rows, tensors.size()}, new long[] {1, distance / width});
    return withinOneAllocation(first, layout);
  }

  private static TensorView withinOneAllocation(TensorView first, TensorLayout layout) {
    try {
      return CudaViews.at(first.dataAddress(), first.dataType(), layout);
    } catch (IllegalArgumentException e) {
      throw new RefusedColumnException(
          "table",
          "expected all columns in one allocation but found more (%s); export a copy. %s"
              .formatted(e.getMessage(), RmmMode.current().meaning()));
    }
  }
}
