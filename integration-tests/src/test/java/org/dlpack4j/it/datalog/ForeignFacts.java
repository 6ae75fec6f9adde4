package org.dlpack4j.it.datalog;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.it.HostileFields;
import org.dlpack4j.it.HostileProducer;
import org.dlpack4j.it.HostileTensor;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Schema;

/**
 * Columns of the C producer. Their memory faults as soon as their deleter was called, and behind
 * their last row at any time.
 */
final class ForeignFacts {

  private final List<HostileTensor> tensors = new ArrayList<>();

  /** As a schema wants them, for rows of numbers. */
  MemorySegment[] table(Schema schema, long[]... rows) {
    return IntStream.range(0, schema.fields().size())
        .mapToObj(i -> column(schema.fields().get(i), LongStream.of(valuesOf(i, rows)).toArray()))
        .toArray(MemorySegment[]::new);
  }

  private static long[] valuesOf(int column, long[]... rows) {
    long[] values = new long[rows.length];
    for (int i = 0; i < rows.length; i++) {
      values[i] = rows[i][column];
    }
    return values;
  }

  private MemorySegment column(Field field, long... values) {
    return column(field.storage().orElseThrow(), values);
  }

  /** Integers of 32 or 64 bits. */
  MemorySegment column(DataType type, long... values) {
    long size = type.bits() / Byte.SIZE;
    return tensor(type, memory(size, values), 1, values.length);
  }

  /** The columns of a matrix of int64, which lie between each other. */
  MemorySegment[] matrix(int columns, long... values) {
    MemorySegment memory = memory(Long.BYTES, values);
    return IntStream.range(0, columns)
        .mapToObj(i -> memory.asSlice((long) i * Long.BYTES))
        .map(first -> tensor(DataType.INT64, first, columns, values.length / columns))
        .toArray(MemorySegment[]::new);
  }

  private MemorySegment tensor(DataType type, MemorySegment first, long stride, long rows) {
    HostileTensor tensor =
        HostileFields.of(Flavour.VERSIONED, first, type, rows).strides(stride).make();
    if (stride == 1 && rows > 0) {
      tensor.owning(first); // a matrix is not one column's
    }
    tensors.add(tensor);
    return tensor.managed();
  }

  private static MemorySegment memory(long size, long... values) {
    if (values.length == 0) {
      return MemorySegment.NULL;
    }
    MemorySegment memory = HostileProducer.map(size * values.length);
    for (int i = 0; i < values.length; i++) {
      if (size == Long.BYTES) {
        memory.setAtIndex(JAVA_LONG, i, values[i]);
      } else {
        memory.setAtIndex(JAVA_INT, i, (int) values[i]);
      }
    }
    return memory;
  }

  void assertUntouched() {
    assertThat(tensors).extracting(HostileTensor::deletes).allMatch(deletes -> deletes == 0L);
  }

  void assertDeletedOnce() {
    assertThat(tensors).extracting(HostileTensor::deletes).allMatch(deletes -> deletes == 1L);
  }

  /** What a caller does who still owns them. */
  void delete() {
    tensors.forEach(HostileTensor::delete);
  }
}
