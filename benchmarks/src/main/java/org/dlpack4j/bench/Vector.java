package org.dlpack4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;

/** The tensor that every side exports: 1000 numbers of float64 in memory that is never freed. */
final class Vector {

  static final int SIZE = 1000;

  private static final MemorySegment DATA = Arena.global().allocate(ValueLayout.JAVA_DOUBLE, SIZE);

  private Vector() {}

  static long address() {
    return DATA.address();
  }

  static TensorView view() {
    return TensorView.of(DATA, DataType.FLOAT64, SIZE);
  }
}
