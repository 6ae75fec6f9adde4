package org.dlpack4j.it.child;

import org.dlpack4j.DataType;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ReusableTensor;

/** Reads whatever can be read. */
final class Reading {

  private Reading() {}

  /** Every element, and returns how many there were. */
  static long all(TensorElements elements) {
    if (elements.layout().isEmpty()) {
      return 0; // sizes beside a 0 may be huge
    }
    DataType type = elements.dataType();
    if (type.code() == DataType.Code.COMPLEX) {
      all(elements.imaginary());
      return all(elements.real());
    }
    return type.code() == DataType.Code.BOOL
        ? elements.toBooleanArray().length
        : elements.toDoubleArray().length;
  }

  /** Every element of a vector or a matrix, and returns how many there were. */
  static long all(ReusableTensor tensor) {
    if (tensor.elementCount() == 0 || tensor.dataType().code() == DataType.Code.COMPLEX) {
      return 0;
    }
    boolean integer =
        switch (tensor.dataType().code()) {
          case DataType.Code.INT, DataType.Code.UINT, DataType.Code.BOOL -> true;
          default -> false;
        };
    if (tensor.ndim() == 1) {
      for (long i = 0; i < tensor.shape(0); i++) {
        use(integer ? tensor.getLong(i) : tensor.getDouble(i));
      }
      return tensor.shape(0);
    }
    if (tensor.ndim() == 2) {
      for (long i = 0; i < tensor.shape(0); i++) {
        for (long j = 0; j < tensor.shape(1); j++) {
          use(integer ? tensor.getLong(i, j) : tensor.getDouble(i, j));
        }
      }
      return tensor.shape(0) * tensor.shape(1);
    }
    return 0;
  }

  /** Keeps a read from being optimized away. */
  @SuppressWarnings("unused") // That it is written is what counts.
  private static volatile double last;

  private static void use(double value) {
    last = value;
  }
}
