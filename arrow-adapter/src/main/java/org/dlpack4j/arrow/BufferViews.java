package org.dlpack4j.arrow;

import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.internal.Memory;

/** Describes buffers where they lie, and remembers which. */
final class BufferViews {

  /** Of each buffer that was seen; there may be room for more. */
  private ReferenceManager[] references = new ReferenceManager[1];

  private int seen;

  /** Rows one after the other from the start of a buffer. */
  TensorView rows(Field field, ArrowBuf buffer, DataType type, long... shape) {
    TensorLayout layout = TensorLayout.contiguous(shape);
    if (layout.isEmpty()) {
      return new TensorView(0, type, Device.CPU, layout, false, false);
    }
    long bytes = type.storageBytes(layout.elementCount(), false);
    if (buffer.capacity() < bytes) {
      throw new RefusedVectorException(
          field,
          "expected a buffer of %d bytes but found %d; set the value counts of its children"
              .formatted(bytes, buffer.capacity()));
    }
    TensorView view =
        new TensorView(buffer.memoryAddress(), type, Device.CPU, layout, false, false);
    if (!view.isAligned()) {
      throw new RefusedVectorException(
          field,
          "expected a buffer aligned to %d bytes for %s, as consumers rely on, but found 0x%x; copy the vector"
              .formatted(type.alignment(), type, view.address()));
    }
    see(buffer);
    return view;
  }

  private void see(ArrowBuf buffer) {
    if (seen == references.length) {
      references = Arrays.copyOf(references, 4 * seen);
    }
    references[seen++] = buffer.getReferenceManager();
  }

  /** Bits one after the other from the start of a buffer. */
  TensorView bits(Field field, ArrowBuf buffer, long count) {
    return rows(field, buffer, DataType.UINT8, Math.ceilDiv(count, Byte.SIZE));
  }

  /** Holds all buffers that were seen, for the export of something that needs a name. */
  BufferOwner owner(String what) {
    return BufferOwner.retaining(
        what, seen == references.length ? references : Arrays.copyOf(references, seen));
  }

  /** What an extension is made of, or the vector itself. */
  static FieldVector storage(FieldVector vector) {
    return vector instanceof ExtensionTypeVector<?> extension
        ? storage((FieldVector) extension.getUnderlyingVector())
        : vector;
  }

  /** How many of the first rows are null. */
  static int nulls(Field field, FieldVector vector, long rows) {
    requireRows(field, vector, rows);
    if (rows == 0) {
      return 0;
    }
    ArrowBuf bits = vector.getValidityBuffer();
    bits.checkBytes(0, Math.ceilDiv(rows, Byte.SIZE));
    return (int) (rows - Memory.countOnes(bits.memoryAddress(), rows));
  }

  static void requireRows(Field field, FieldVector vector, long rows) {
    if (vector.getValueCount() < rows) {
      throw new RefusedVectorException(
          field,
          "expected %d rows of %s but found %d; set its value count"
              .formatted(rows, vector.getName(), vector.getValueCount()));
    }
  }
}
