package org.dlpack4j.copying;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Two loops over units, cut into tiles so that cache lines are used up before they go. */
final class Tiles {

  /** Of the source: some cache lines at once, as processors fetch the next one unasked. */
  static final int WIDTH = 256;

  private static final int ROWS = 64;

  private final Unit unit;
  private final Loop outer;
  private final Loop inner;
  private final MemorySegment from;
  private final MemorySegment to;

  Tiles(CopyPlan plan, MemorySegment from, MemorySegment to) {
    this.unit = Unit.of(plan.unit);
    this.outer = plan.outer();
    this.inner = plan.inner();
    this.from = from;
    this.to = to;
  }

  /** Row after row; or, if those are short, many at once and down the columns. */
  void rows(long fromAt, long toAt, int shortest, int most) {
    boolean down = inner.size() < shortest && outer.size() > inner.size();
    tiles(fromAt, toAt, down ? most : 1, most);
  }

  /** Where the source's rows are the target's columns. */
  void transposed(long fromAt, long toAt) {
    int columns = WIDTH / unit.bytes;
    boolean dense = outer.from() == unit.bytes && inner.to() == unit.bytes;
    // What is smaller than that fits the caches as it is.
    if (dense && outer.size() >= columns && inner.size() >= ROWS) {
      staged(fromAt, toAt);
    } else {
      tiles(fromAt, toAt, columns, columns);
    }
  }

  private void tiles(long fromAt, long toAt, int outerSize, int innerSize) {
    for (long i = 0; i < outer.size(); i += outerSize) {
      int high = (int) Math.min(outerSize, outer.size() - i);
      for (long j = 0; j < inner.size(); j += innerSize) {
        int wide = (int) Math.min(innerSize, inner.size() - j);
        long source = fromAt + i * outer.from() + j * inner.from();
        long target = toAt + i * outer.to() + j * inner.to();
        if (wide >= high) {
          lines(outer, high, inner, wide, source, target);
        } else {
          lines(inner, wide, outer, high, source, target);
        }
      }
    }
  }

  private void lines(Loop across, int lines, Loop along, int length, long fromAt, long toAt) {
    for (int i = 0; i < lines; i++) {
      long source = fromAt + i * across.from();
      long target = toAt + i * across.to();
      unit.line(from, source, along.from(), to, target, along.to(), length);
    }
  }

  /**
   * By way of a buffer. Rows of a matrix often lie a power of two apart, where they all want the
   * same few places in a cache and drive each other out; in the buffer they do not.
   */
  private void staged(long fromAt, long toAt) {
    int columns = WIDTH / unit.bytes;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate((long) ROWS * WIDTH, NewMemory.ALIGNMENT);
      for (long i = 0; i < outer.size(); i += columns) {
        int wide = (int) Math.min(columns, outer.size() - i);
        for (long j = 0; j < inner.size(); j += ROWS) {
          int high = (int) Math.min(ROWS, inner.size() - j);
          fill(buffer, high, wide, fromAt + i * outer.from() + j * inner.from());
          empty(buffer, high, wide, toAt + i * outer.to() + j * inner.to());
        }
      }
    }
  }

  private void fill(MemorySegment buffer, int high, int wide, long fromAt) {
    long bytes = (long) wide * unit.bytes;
    for (int row = 0; row < high; row++) {
      MemorySegment.copy(from, fromAt + row * inner.from(), buffer, (long) row * WIDTH, bytes);
    }
  }

  private void empty(MemorySegment buffer, int high, int wide, long toAt) {
    for (int column = 0; column < wide; column++) {
      long source = (long) column * unit.bytes;
      unit.line(buffer, source, WIDTH, to, toAt + column * outer.to(), unit.bytes, high);
    }
  }
}
