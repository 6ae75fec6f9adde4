package org.dlpack4j.arrow;

import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;

/** The columns of a record batch as those of a matrix: numbers of one type, without nulls. */
final class VectorMatrix {

  private VectorMatrix() {}

  /** Each column by itself. */
  static List<TensorView> columns(VectorSchemaRoot root, BufferViews buffers) {
    List<FieldVector> vectors = root.getFieldVectors();
    if (vectors.isEmpty()) {
      throw new RefusedVectorException("root", "nothing", "expected columns but found none");
    }
    List<TensorView> columns =
        vectors.stream().map(vector -> VectorTensor.of(vector, buffers, false)).toList();
    for (int i = 0; i < columns.size(); i++) {
      requireLike(columns.getFirst(), columns.get(i), root.getRowCount(), vectors.get(i));
    }
    return columns;
  }

  private static void requireLike(
      TensorView first, TensorView column, int rows, FieldVector vector) {
    boolean alike =
        column.dataType().equals(first.dataType())
            && column.layout().ndim() == 1
            && column.layout().shape(0) == rows;
    if (!alike) {
      throw new RefusedVectorException(
          vector.getField(),
          "expected %d numbers of %s, as in the first column, but found %s%s"
              .formatted(rows, first.dataType(), column.dataType(), column.layout()));
    }
  }

  /** All columns where they lie, if that is at one stride. */
  static TensorView inPlace(VectorSchemaRoot root, BufferViews buffers) {
    List<TensorView> columns = columns(root, buffers);
    TensorView first = columns.getFirst();
    int rows = root.getRowCount();
    int width = first.dataType().elementBits() / Byte.SIZE;
    long distance =
        columns.size() == 1
            ? (long) rows * width
            : columns.get(1).dataAddress() - first.dataAddress();
    for (int i = 1; i < columns.size(); i++) {
      long expected = first.dataAddress() + i * distance;
      if (columns.get(i).dataAddress() != expected || distance % width != 0) {
        throw new RefusedVectorException(
            root.getVector(i).getField(),
            "expected it at 0x%x, as far from the column before as the second is from the first, but found it at 0x%x; export a copy"
                .formatted(expected, columns.get(i).dataAddress()));
      }
    }
    return first.withLayout(
        TensorLayout.strided(new long[] {rows, columns.size()}, new long[] {1, distance / width}));
  }
}
