package org.dlpack4j.arrow;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.internal.Memory;

/** Copies, in an allocator's memory, of tensors on which no vector can lie. All are counted. */
final class AllocatedCopies {

  private final BufferAllocator allocator;
  private final LongAdder bytes = new LongAdder();

  AllocatedCopies(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  /** How many bytes were copied so far. */
  long bytes() {
    return bytes.sum();
  }

  /** Whether a vector cannot lie on the tensor. */
  static boolean isNeeded(TensorView view) {
    return view.readOnly() || !view.layout().isContiguous() || !view.isAligned();
  }

  /** The elements row-major; of a tensor with some. */
  ArrowBuf of(TensorView view) {
    long size = view.dataType().storageBytes(view.layout().elementCount(), false);
    ArrowBuf buffer = allocator.buffer(size);
    try {
      TensorLayout rowMajor = TensorLayout.contiguous(view.layout().shape());
      Copies.copy(
          TensorElements.of(Memory.ALL, view.address(), view.dataType(), view.layout(), false),
          TensorElements.of(segment(buffer, size), view.dataType(), rowMajor));
    } catch (Throwable e) {
      buffer.close();
      throw e;
    }
    return counted(buffer, size);
  }

  /** The bits of some rows from the first bit of a byte on; of one row at least. */
  ArrowBuf ofBits(TensorView bits, long skip, int rows) {
    long size = Math.ceilDiv(rows, Byte.SIZE);
    ArrowBuf buffer = allocator.buffer(size);
    try {
      buffer.setZero(0, size);
      MemorySegment from = Memory.ALL.asSlice(bits.dataAddress(), bits.layout().elementCount());
      Copies.copyBits(from, skip, segment(buffer, size), 0, rows);
    } catch (Throwable e) {
      buffer.close();
      throw e;
    }
    return counted(buffer, size);
  }

  /** Where runs end of which the first rows are left out; of one run at least. */
  ArrowBuf ofRunEnds(TensorView ends, long skip, long rows) {
    ArrowBuf buffer = of(ends);
    long count = ends.layout().elementCount();
    TensorElements copy =
        TensorElements.of(
            segment(buffer, buffer.writerIndex()), ends.dataType(), TensorLayout.contiguous(count));
    for (long run = 0; run < count; run++) {
      copy.setLong(Math.clamp(copy.getLong(run) - skip, 0, rows), run);
    }
    return buffer;
  }

  private ArrowBuf counted(ArrowBuf buffer, long size) {
    buffer.writerIndex(size);
    bytes.add(size);
    return buffer;
  }

  private static MemorySegment segment(ArrowBuf buffer, long size) {
    return Memory.ALL.asSlice(buffer.memoryAddress(), size);
  }
}
