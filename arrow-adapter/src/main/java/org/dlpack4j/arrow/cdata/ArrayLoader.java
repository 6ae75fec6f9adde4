package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.arrow.cdata.Layout.Kind;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.elements.TensorElements;

/** Gives vectors the buffers that were planned for them. */
final class ArrayLoader implements AutoCloseable {

  private final BufferAllocator allocator;
  private final ForeignArray foreign;
  private final DictionaryProvider dictionaries;
  private final List<ArrowBuf> allocated = new ArrayList<>();
  private long copiedBytes;

  /**
   * Begins an import.
   *
   * @param foreign all of the array's memory
   * @param dictionaries the vectors of dictionaries, to be loaded, too
   */
  ArrayLoader(BufferAllocator allocator, ForeignArray foreign, DictionaryProvider dictionaries) {
    this.allocator = allocator;
    this.foreign = foreign;
    this.dictionaries = dictionaries;
  }

  /** How many bytes are copies and not the producer's. */
  long copiedBytes() {
    return copiedBytes;
  }

  void load(FieldVector vector, ArrayPlan plan) {
    for (int i = 0; i < plan.children().size(); i++) {
      load(child(vector, plan, i), plan.children().get(i));
    }
    ArrayPlan dictionary = plan.dictionary();
    if (dictionary != null) {
      load(dictionaryOf(plan), dictionary);
    }
    List<ArrowBuf> buffers = new ArrayList<>(plan.pieces().size());
    for (Piece piece : plan.pieces()) {
      buffers.add(buffer(piece));
    }
    vector.loadFieldBuffers(new ArrowFieldNode(plan.length(), plan.nullCount()), buffers);
  }

  private static FieldVector child(FieldVector vector, ArrayPlan plan, int index) {
    if (plan.schema().layout().kind() == Kind.DENSE_UNION) {
      ArrowType.Union union = (ArrowType.Union) plan.schema().field().getType();
      byte id = (byte) union.getTypeIds()[index];
      return (FieldVector) ((DenseUnionVector) vector).getVectorByType(id);
    }
    return vector.getChildrenFromFields().get(index);
  }

  private FieldVector dictionaryOf(ArrayPlan plan) {
    DictionaryEncoding encoding = plan.schema().field().getDictionary();
    if (encoding == null) {
      throw new IllegalStateException(
          "dictionary: expected an encoding but found none: " + plan.schema().field());
    }
    return SchemaWriter.dictionary(dictionaries, encoding).getVector();
  }

  /** The vector takes a reference of its own. */
  private ArrowBuf buffer(Piece piece) {
    return switch (piece) {
      case Piece.Slice slice -> foreign.buffer(slice.address(), slice.bytes());
      case Piece.Ones ones -> foreign.fullBitmap(ones.bits());
      case Piece.Zeros zeros -> zeros(zeros.bytes());
      case Piece.Bits bits -> copied(bits);
      case Piece.RunEnds ends -> copied(ends);
      case Piece.TypeIds ids -> copied(ids);
    };
  }

  private ArrowBuf zeros(int bytes) {
    if (bytes == 0) {
      return allocator.getEmpty();
    }
    ArrowBuf zeros = allocate(bytes);
    zeros.setZero(0, bytes);
    return zeros;
  }

  private ArrowBuf copied(Piece.Bits bits) {
    long bytes = (bits.count() + 7) >> 3;
    ArrowBuf copy = allocateCopy(bytes);
    long span = (bits.firstBit() + bits.count() + 7) >> 3;
    MemorySegment target = memory(copy.memoryAddress(), bytes);
    target.set(JAVA_BYTE, bytes - 1, (byte) 0);
    Copies.copyBits(memory(bits.address(), span), bits.firstBit(), target, 0, bits.count());
    return copy;
  }

  private ArrowBuf copied(Piece.RunEnds ends) {
    ArrowBuf copy = copied(ends.address(), ends.count(), ends.width());
    long at = copy.memoryAddress();
    for (int i = 0; i < ends.count(); i++) {
      switch (ends.width()) {
        case Short.BYTES -> {
          long end = ALL.get(JAVA_SHORT_UNALIGNED, at);
          ALL.set(JAVA_SHORT_UNALIGNED, at, (short) within(end, ends));
        }
        case Integer.BYTES -> {
          long end = ALL.get(JAVA_INT_UNALIGNED, at);
          ALL.set(JAVA_INT_UNALIGNED, at, (int) within(end, ends));
        }
        default -> {
          long end = ALL.get(JAVA_LONG_UNALIGNED, at);
          ALL.set(JAVA_LONG_UNALIGNED, at, within(end, ends));
        }
      }
      at += ends.width();
    }
    return copy;
  }

  private static long within(long end, Piece.RunEnds ends) {
    return Math.clamp(end - ends.from(), 0, ends.length());
  }

  /** An id that the type does not have becomes -1, which no vector takes for one of its own. */
  private ArrowBuf copied(Piece.TypeIds ids) {
    ArrowBuf copy = copied(ids.address(), ids.count(), Byte.BYTES);
    long at = copy.memoryAddress();
    for (int i = 0; i < ids.count(); i++) {
      byte id = ALL.get(JAVA_BYTE, at + i);
      ALL.set(JAVA_BYTE, at + i, id < 0 ? id : ids.ids()[id]);
    }
    return copy;
  }

  private ArrowBuf copied(long address, int count, int width) {
    long bytes = (long) count * width;
    ArrowBuf copy = allocateCopy(bytes);
    Copies.copy(elements(address, bytes), elements(copy.memoryAddress(), bytes));
    return copy;
  }

  private static TensorElements elements(long address, long bytes) {
    return TensorElements.of(
        memory(address, bytes), 0, DataType.UINT8, TensorLayout.contiguous(bytes), false);
  }

  private static MemorySegment memory(long address, long bytes) {
    return ALL.asSlice(address, bytes);
  }

  private ArrowBuf allocateCopy(long bytes) {
    copiedBytes += bytes;
    return allocate(bytes);
  }

  private ArrowBuf allocate(long bytes) {
    ArrowBuf buffer = allocator.buffer(bytes);
    allocated.add(buffer);
    buffer.writerIndex(bytes);
    return buffer;
  }

  /** Gives back what the vectors hold themselves by now. */
  @Override
  public void close() {
    allocated.forEach(ArrowBuf::close);
    allocated.clear();
  }
}
