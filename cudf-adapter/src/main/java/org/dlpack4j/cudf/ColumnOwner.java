package org.dlpack4j.cudf;

import ai.rapids.cudf.ColumnVector;
import java.util.List;
import org.dlpack4j.Owner;

/** Columns as an owner: it holds one of cuDF's references on each until it is released. */
final class ColumnOwner implements Owner {

  private final List<ColumnVector> columns;

  private ColumnOwner(List<ColumnVector> columns) {
    this.columns = columns;
  }

  /**
   * Takes a reference on each column.
   *
   * @throws IllegalStateException if one is closed; nothing is retained then
   */
  static ColumnOwner retaining(List<ColumnVector> columns) {
    int retained = 0;
    try {
      for (ColumnVector column : columns) {
        column.incRefCount();
        retained++;
      }
    } catch (Throwable e) {
      columns.subList(0, retained).forEach(ColumnVector::close);
      throw e;
    }
    return new ColumnOwner(columns);
  }

  /** Gives all references back, however many of them throw. */
  @Override
  public void release() {
    RuntimeException thrown = null;
    for (ColumnVector column : columns) {
      try {
        column.close();
      } catch (RuntimeException e) {
        if (thrown == null) {
          thrown = e;
        } else {
          thrown.addSuppressed(e);
        }
      }
    }
    if (thrown != null) {
      throw thrown;
    }
  }

  /** What the columns are. */
  @Override
  public String toString() {
    return "cuDF " + columns;
  }
}
