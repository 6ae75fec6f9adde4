package org.dlpack4j.arrow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/** Makes vectors over memory that is there already, whose owner comes when all are made. */
final class WrappedVectors {

  private final BufferAllocator allocator;
  private final @Nullable AllocatedCopies copies;
  private final List<ForeignMemory> memories = new ArrayList<>(1);

  /** Of copies, if there are to be any, what cannot be wrapped; nothing is looked at otherwise. */
  WrappedVectors(BufferAllocator allocator, @Nullable AllocatedCopies copies) {
    this.allocator = allocator;
    this.copies = copies;
  }

  /** The last of the vectors' buffers to go releases it. */
  void giveOwner(Owner owner) {
    switch (memories.size()) {
      case 0 -> owner.release();
      case 1 -> memories.getFirst().giveOwner(owner);
      default -> {
        SharedOwner shared = owner.shared();
        memories.forEach(memory -> memory.giveOwner(shared.retain()));
        shared.close();
      }
    }
  }

  /** A vector of numbers, or of lists of one length of them, without nulls. */
  FieldVector of(Field field, TensorView view) {
    return loaded(field, vector -> load(vector, (int) view.layout().shape(0), view));
  }

  /** A vector like a column, which has been checked to be like the field. */
  FieldVector of(Field field, Column column) {
    return loaded(field, vector -> load(vector, column));
  }

  private FieldVector loaded(Field field, Consumer<FieldVector> load) {
    FieldVector vector = field.createVector(allocator);
    try {
      load.accept(vector);
      return vector;
    } catch (Throwable e) {
      vector.close();
      throw e;
    }
  }

  private void load(FieldVector vector, int rows, TensorView view) {
    if (BufferViews.storage(vector) instanceof FixedSizeListVector lists) {
      load(lists.getDataVector(), rows * lists.getListSize(), view);
      load(vector, rows, null, List.of());
    } else {
      load(vector, rows, null, List.of(view));
    }
  }

  private void load(FieldVector vector, Column column) {
    List<FieldVector> children = vector.getChildrenFromFields();
    for (int i = 0; i < children.size(); i++) {
      load(children.get(i), column.children().get(i));
    }
    Field field = vector.getField();
    List<TensorView> views = new ArrayList<>();
    column.offsets().ifPresent(offsets -> views.add(checkedOffsets(field, offsets)));
    if (column.type().form().hasData()) {
      views.add(column.data());
    }
    load(vector, countable(field, column.rows()), column.validity().orElse(null), views);
  }

  private static TensorView checkedOffsets(Field field, TensorView offsets) {
    DataType expected =
        switch (Crossings.storage(field.getType())) {
          case ArrowType.LargeUtf8 _, ArrowType.LargeBinary _, ArrowType.LargeList _ ->
              DataType.INT64;
          default -> DataType.INT32;
        };
    if (!offsets.dataType().equals(expected)) {
      throw new RefusedVectorException(
          field, "expected offsets of %s but found %s".formatted(expected, offsets.dataType()));
    }
    return offsets;
  }

  private ArrowBuf bitmap(Field field, Validity validity, int rows) {
    if (validity.skip() == 0) {
      return wrapped(validity.bytes());
    }
    if (copies == null) {
      throw new RefusedVectorException(
          field,
          "expected validity from the first bit of a byte but found %d to skip; import it by copyingIfNeeded"
              .formatted(validity.skip()));
    }
    return rows == 0 ? allocator.getEmpty() : copies.of(validity, rows);
  }

  private static int countable(Field field, long rows) {
    if (rows > Integer.MAX_VALUE) {
      throw new RefusedVectorException(
          field, "expected at most %d rows but found %d".formatted(Integer.MAX_VALUE, rows));
    }
    return (int) rows;
  }

  /**
   * Gives a vector its own buffers, the references on which are then the vector's. Those of its
   * children are loaded before.
   */
  private void load(
      FieldVector vector, int rows, @Nullable Validity validity, List<TensorView> others) {
    ArrowBuf[] buffers = new ArrowBuf[others.size() + 1];
    int before = memories.size();
    try {
      for (int i = 0; i < others.size(); i++) {
        buffers[i + 1] = wrapped(others.get(i));
      }
      boolean isCopy = copies != null && memories.size() == before;
      buffers[0] =
          validity == null ? full(rows, isCopy) : bitmap(vector.getField(), validity, rows);
      vector.loadFieldBuffers(
          new ArrowFieldNode(rows, validity == null ? 0 : -1), Arrays.asList(buffers));
    } finally {
      for (ArrowBuf buffer : buffers) {
        if (buffer != null) {
          buffer.close();
        }
      }
    }
  }

  /**
   * A bitmap without nulls, part of some memory that is held with the vector. Without any memory,
   * and for a copy, which is to hold nobody's, Arrow makes one by itself.
   */
  private ArrowBuf full(int rows, boolean isCopy) {
    return rows == 0 || isCopy || memories.isEmpty()
        ? allocator.getEmpty()
        : memories.getLast().fullBitmap(Math.ceilDiv(rows, Byte.SIZE));
  }

  /** Arrow allows no allocation of nothing. */
  private ArrowBuf wrapped(TensorView view) {
    long bytes = view.dataType().storageBytes(view.layout().elementCount(), false);
    if (bytes == 0) {
      return allocator.getEmpty();
    }
    if (copies != null && AllocatedCopies.isNeeded(view)) {
      return copies.of(view);
    }
    ForeignMemory memory = new ForeignMemory(bytes, view.dataAddress());
    ArrowBuf buffer = memory.wrap(allocator);
    memories.add(memory);
    return buffer;
  }
}
