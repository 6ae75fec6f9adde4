package org.dlpack4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;

/** The columns that every side has to do with: 64 numbers of float64 each, in a row of memory. */
final class ColumnData {

  static final int MANY = 1000;
  static final int FEW = 10;
  static final int ROWS = 64;

  private static final MemorySegment DATA =
      Arena.global().allocate(ValueLayout.JAVA_DOUBLE, (long) MANY * ROWS);

  static {
    for (long i = 0; i < MANY; i++) {
      DATA.setAtIndex(ValueLayout.JAVA_DOUBLE, i * ROWS, 1);
    }
  }

  private final MemorySegment pointers = Arena.global().allocate(ValueLayout.JAVA_LONG, MANY);
  private final MemorySegment[] managed;

  ColumnData(int columns) {
    this.managed = new MemorySegment[columns];
  }

  /** A table over the data that {@link Vector} has, as that is what the consumer expects to see. */
  static Table ofVectors(int columns) {
    return new Table(
        Vector.SIZE,
        IntStream.range(0, columns).mapToObj(i -> Column.of("c" + i, Vector.view())).toList());
  }

  static Table table() {
    return new Table(
        ROWS,
        IntStream.range(0, MANY)
            .mapToObj(
                i -> {
                  MemorySegment column = DATA.asSlice((long) i * ROWS * Double.BYTES);
                  return Column.of("c" + i, TensorView.of(column, DataType.FLOAT64, ROWS));
                })
            .toList());
  }

  /** New managed tensors, made in C, whose deleters free them. */
  MemorySegment[] produce() throws Throwable {
    Baselines.PRODUCE_COLUMNS.invokeExact(
        DATA.address(), (long) ROWS, (long) managed.length, pointers.address());
    for (int i = 0; i < managed.length; i++) {
      managed[i] = MemorySegment.ofAddress(pointers.getAtIndex(ValueLayout.JAVA_LONG, i));
    }
    return managed;
  }

  /** Has C consume what was exported. */
  void consume(long[] exported) throws Throwable {
    MemorySegment.copy(exported, 0, pointers, ValueLayout.JAVA_LONG, 0, exported.length);
    long seen =
        (long) Baselines.CONSUME_ALL.invokeExact(pointers.address(), (long) exported.length);
    Baselines.requireSeen(seen, exported.length);
  }

  /** Whether the first element of each column was seen, so that no side wins by doing less. */
  void requireSeen(double sum) {
    if (sum != managed.length) {
      throw new IllegalStateException(
          "importer: expected a sum of %d but saw %s".formatted(managed.length, sum));
    }
  }
}
