package org.dlpack4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.exporting.TensorExporter;

/**
 * The tensors that every side copies: 256 MiB, out of a matrix of 8192 rows of 64 KiB, so that
 * caches do not help. Every page has been written before.
 */
enum StridedMatrix {

  /** The left half of every row. */
  ROWS {
    @Override
    TensorLayout layout(long columns) {
      return TensorLayout.contiguous(HEIGHT, columns).slice(1, 0, columns / 2, 1);
    }
  },

  /** Every second number of every row. */
  EVERY_SECOND {
    @Override
    TensorLayout layout(long columns) {
      return TensorLayout.contiguous(HEIGHT, columns).slice(1, 0, columns, 2);
    }
  },

  /** The columns of a matrix of half as many, which lies row by row. */
  TRANSPOSED {
    @Override
    TensorLayout layout(long columns) {
      return TensorLayout.contiguous(HEIGHT, columns / 2).transpose();
    }
  };

  static final long BYTES = 256L << 20;

  private static final long HEIGHT = 8192;
  private static final MemorySegment MEMORY = written();

  private static MemorySegment written() {
    MemorySegment memory = Arena.global().allocate(2 * BYTES, 64);
    for (long at = 0; at < 2 * BYTES; at += Long.BYTES) {
      memory.set(ValueLayout.JAVA_LONG, at, at);
    }
    return memory;
  }

  abstract TensorLayout layout(long columns);

  private TensorLayout layout(DataType dataType) {
    return layout(2 * BYTES / HEIGHT * Byte.SIZE / dataType.elementBits());
  }

  /** For us. */
  TensorElements elements(DataType dataType) {
    return TensorElements.of(MEMORY, dataType, layout(dataType));
  }

  /** For a consumer, who deletes it. */
  long exported(DataType dataType) {
    TensorView view = TensorView.of(MEMORY, dataType, layout(dataType));
    return TensorExporter.export(view, Owner.reachable(MEMORY)).transferOutAddress();
  }

  /** As many bytes that follow one another. */
  static long contiguousAddress() {
    return MEMORY.address();
  }

  /** Whether a copy has the last bytes that it should have, so that no side wins by doing less. */
  @SuppressWarnings("restricted") // As many bytes as the copy has.
  void requireCopied(DataType dataType, long address) {
    TensorElements from = elements(dataType);
    TensorLayout layout = from.layout();
    long bytes = dataType.elementBits() / Byte.SIZE;
    long last = from.base() + (layout.offset() + layout.highestElement()) * bytes;
    MemorySegment copy = MemorySegment.ofAddress(address).reinterpret(BYTES);
    long difference = copy.asSlice(BYTES - bytes, bytes).mismatch(MEMORY.asSlice(last, bytes));
    if (address == MEMORY.address() || difference >= 0) {
      throw new IllegalStateException(
          "copy of " + this + ": expected the last " + dataType + " of the source, elsewhere");
    }
  }
}
