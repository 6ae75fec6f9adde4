package org.dlpack4j.arrow;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.Crossing.Refused;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.internal.Memory;

/** Vectors in another form than they lie in: all of it copied, and counted as such. */
final class VectorCopies {

  private VectorCopies() {}

  /** A byte a row, 0 or 1. */
  static TensorCopy unpacked(BitVector vector) {
    VectorTensor.requireNoNulls(vector);
    return unpacked(vector.getField(), vector.getDataBuffer(), vector.getValueCount());
  }

  /** A byte a row, 1 where it is not null. */
  static TensorCopy validity(FieldVector given) {
    FieldVector vector = BufferViews.storage(given);
    switch (Crossings.of(vector)) {
      case Refused(String why) -> throw new RefusedVectorException(given.getField(), why);
      case Shaped.UNIONS, Shaped.RUNS ->
          throw new RefusedVectorException(
              given.getField(),
              "expected nulls of its own but found a type of which only children have nulls; export"
                  + " theirs");
      default -> {} // has a bitmap
    }
    return unpacked(given.getField(), vector.getValidityBuffer(), vector.getValueCount());
  }

  private static TensorCopy unpacked(Field field, ArrowBuf bits, int rows) {
    TensorView bytes = new BufferViews().bits(field, bits, rows);
    return written(
        TensorCopy.allocate(DataType.BOOL, rows),
        copy -> Copies.unpackBits(segment(bytes), 0, copy));
  }

  /** The numbers, and another one where there is none. */
  static TensorCopy filled(FieldVector given, Number value) {
    FieldVector vector = BufferViews.storage(given);
    int rows = vector.getValueCount();
    TensorView numbers = VectorTensor.withNulls(given, new BufferViews());
    return written(
        TensorCopy.allocate(numbers.dataType(), rows),
        copy -> {
          Copies.copy(elements(numbers), copy);
          int code = numbers.dataType().code();
          boolean real = code == DataType.Code.FLOAT || code == DataType.Code.BFLOAT;
          forEachNull(
              vector.getValidityBuffer(),
              rows,
              row -> {
                if (real) {
                  copy.setDouble(value.doubleValue(), row);
                } else {
                  copy.setLong(value.longValue(), row);
                }
              });
        });
  }

  private static void forEachNull(ArrowBuf validity, int rows, LongConsumer action) {
    for (int from = 0; from < rows; from += Byte.SIZE) {
      int inUse = Math.min(rows - from, Byte.SIZE);
      int nulls = ~validity.getByte(from / Byte.SIZE) & ((1 << inUse) - 1);
      for (; nulls != 0; nulls &= nulls - 1) {
        action.accept(from + Integer.numberOfTrailingZeros(nulls));
      }
    }
  }

  /** Columns of one type as the columns of a matrix, row-major. */
  static TensorCopy matrix(List<TensorView> columns, long rows) {
    DataType type = columns.getFirst().dataType();
    return written(
        TensorCopy.allocate(type, rows, columns.size()),
        copy -> {
          for (int i = 0; i < columns.size(); i++) {
            TensorElements column = copy.withLayout(copy.layout().select(1, i));
            Copies.copy(elements(columns.get(i)), column);
          }
        });
  }

  private static TensorCopy written(TensorCopy copy, Consumer<TensorElements> write) {
    try {
      write.accept(copy.elements());
      return copy;
    } catch (Throwable e) {
      copy.close();
      throw e;
    }
  }

  private static TensorElements elements(TensorView view) {
    return TensorElements.of(segment(view), view.dataType(), view.layout());
  }

  /** Of a view from the first element on, without gaps, that the caller's vector keeps. */
  private static MemorySegment segment(TensorView view) {
    long bytes = view.dataType().storageBytes(view.layout().elementCount(), false);
    return bytes == 0 ? MemorySegment.NULL : Memory.ALL.asSlice(view.dataAddress(), bytes);
  }
}
