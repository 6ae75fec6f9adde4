package org.dlpack4j.arrow;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.Field;

/** Makes a vector over memory that is there already. */
final class WrappedVector {

  private WrappedVector() {}

  /**
   * A vector of as many rows, without nulls.
   *
   * @param memory what it is over; Arrow's to free if this returns, and freed if this throws
   */
  static FieldVector of(Field field, int rows, ForeignMemory memory, BufferAllocator allocator) {
    FieldVector vector = field.createVector(allocator);
    try (ArrowBuf data = data(memory, allocator)) {
      load(vector, rows, data, allocator);
      return vector;
    } catch (Throwable e) {
      vector.close();
      throw e;
    }
  }

  /** Arrow allows no allocation of nothing. */
  private static ArrowBuf data(ForeignMemory memory, BufferAllocator allocator) {
    return memory.getSize() == 0 ? allocator.getEmpty() : allocator.wrapForeignAllocation(memory);
  }

  private static void load(FieldVector vector, int rows, ArrowBuf data, BufferAllocator allocator) {
    ArrowFieldNode node = new ArrowFieldNode(rows, 0);
    try (ArrowBuf validity = Validities.allSet(rows, allocator)) {
      if (vector instanceof FixedSizeListVector lists) {
        lists.loadFieldBuffers(node, List.of(validity));
        load(lists.getDataVector(), Math.multiplyExact(rows, lists.getListSize()), data, allocator);
      } else {
        vector.loadFieldBuffers(node, List.of(validity, data));
      }
    }
  }
}
