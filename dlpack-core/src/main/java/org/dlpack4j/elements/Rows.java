package org.dlpack4j.elements;

import org.dlpack4j.TensorLayout;

/** Walks the elements of a layout in row-major order, a row of equal steps at a time. */
final class Rows {

  /** What to do with a row. */
  @FunctionalInterface
  interface Visitor {

    /**
     * Takes a row.
     *
     * @param from how many elements came before it
     * @param element its first element, counted from the layout's base
     * @param count how many it has
     * @param stride from one to the next
     */
    void row(int from, long element, int count, long stride);
  }

  private final TensorLayout layout;
  private final Visitor visitor;
  private final int outerDimensions;
  private final int count;
  private final long stride;
  private int done;

  private Rows(TensorLayout layout, Visitor visitor) {
    this.layout = layout;
    this.visitor = visitor;
    // Dimensions that step over just what the ones inside them reach are one row with them.
    int axis = layout.ndim() - 1;
    int length = 1;
    long step = 1;
    for (; axis >= 0; axis--) {
      long size = layout.shape(axis);
      if (length == 1 && size != 1) {
        step = layout.stride(axis);
      } else if (size != 1 && layout.stride(axis) != step * length) {
        break;
      }
      length *= (int) size;
    }
    outerDimensions = axis + 1;
    count = length;
    stride = step;
  }

  /** Visits all rows of a layout with no more elements than an array can have. */
  static void forEach(TensorLayout layout, Visitor visitor) {
    if (!layout.isEmpty()) {
      new Rows(layout, visitor).visit(0, layout.offset());
    }
  }

  private void visit(int axis, long element) {
    if (axis == outerDimensions) {
      visitor.row(done, element, count, stride);
      done += count;
      return;
    }
    long step = layout.stride(axis);
    for (long i = 0; i < layout.shape(axis); i++) {
      visit(axis + 1, element + i * step);
    }
  }
}
