package org.dlpack4j.arrow;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Form;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.Validity;
import org.jspecify.annotations.Nullable;

/** Makes vectors over memory that is there already, whose owner comes when all are made. */
final class WrappedVectors implements AutoCloseable {

  private final BufferAllocator allocator;
  private final @Nullable AllocatedCopies copies;
  private final WrappedSizes sizes;
  private final List<ArrowBuf> copied = new ArrayList<>(0);

  /** Of tensors that lie as they should but for their first row. */
  private final IdentityHashMap<TensorView, ArrowBuf> shifted = new IdentityHashMap<>(0);

  private @Nullable ForeignMemory memory;
  private int buffersInPlace;

  /** Null if fields with a dictionary are of its indices. */
  private final @Nullable ImportedDictionaries dictionaries;

  /** Of copies, if there are to be any, what cannot be wrapped; nothing is looked at otherwise. */
  WrappedVectors(
      BufferAllocator allocator,
      @Nullable AllocatedCopies copies,
      @Nullable ImportedDictionaries dictionaries) {
    this.allocator = allocator;
    this.copies = copies;
    this.sizes = new WrappedSizes(copies != null);
    this.dictionaries = dictionaries;
  }

  /** The last of the vectors' buffers to go releases it. */
  void giveOwner(Owner owner) {
    if (memory == null) {
      owner.release();
    } else {
      memory.giveOwner(owner);
    }
  }

  /** A vector of numbers, or of lists of one length of them, without nulls. */
  FieldVector of(Field field, TensorView view) {
    long rows = view.layout().shape(0);
    FieldVector vector = field.createVector(allocator);
    try {
      wrap(sizes.inPlace(view), WrappedSizes.fullBitmaps(vector, rows));
      load(vector, (int) rows, view);
      return vector;
    } catch (Throwable e) {
      vector.close();
      throw e;
    }
  }

  /**
   * Vectors like columns, which have been checked to be like the fields.
   *
   * @param vectors gets them one by one, to be closed by the caller even if this throws
   */
  void addAll(List<Field> fields, List<Column> columns, List<FieldVector> vectors) {
    long bytes = 0;
    long bitmapBytes = 0;
    for (Column column : columns) {
      bytes += sizes.inPlace(column);
      bitmapBytes += WrappedSizes.fullBitmaps(column);
    }
    wrap(bytes, bitmapBytes);
    for (int i = 0; i < columns.size(); i++) {
      vectors.add(of(fields.get(i), columns.get(i)));
    }
  }

  private FieldVector of(Field field, Column column) {
    Field own = dictionaries == null ? field : DictionaryFields.inMemory(field);
    FieldVector vector = own.createVector(allocator);
    try {
      load(field, vector, column);
      return vector;
    } catch (Throwable e) {
      vector.close();
      throw e;
    }
  }

  /** Arrow allows no allocation of nothing. */
  private void wrap(long bytes, long bitmapBytes) {
    if (bytes != 0) {
      memory = new ForeignMemory(allocator, bytes, bitmapBytes);
    }
  }

  private void load(FieldVector vector, int rows, TensorView view) {
    if (BufferViews.storage(vector) instanceof FixedSizeListVector lists) {
      load(lists.getDataVector(), rows * lists.getListSize(), view);
      load(vector, rows, true, null, List.of());
    } else {
      load(vector, rows, true, null, List.of(view));
    }
  }

  private void load(Field field, FieldVector vector, Column given) {
    Column column = LaterRows.areIn(given) ? fromFirstRow(field, given) : given;
    Form form = column.type().form();
    if (form == Form.DICTIONARY) {
      loadDictionary(field, column.children().getFirst());
    } else {
      for (int i = 0; i < column.children().size(); i++) {
        load(field.getChildren().get(i), child(vector, column.type(), i), column.children().get(i));
      }
    }
    List<TensorView> views = new ArrayList<>();
    if (form.hasData()) {
      views.add(column.data());
    }
    column.offsets().ifPresent(offsets -> views.add(checkedPlaces(field, offsets)));
    column.sizes().ifPresent(sizes -> views.add(checkedPlaces(field, sizes)));
    load(
        vector,
        countable(field, column.rows()),
        form.hasValidity(),
        column.validity().orElse(null),
        // Text's offsets come before its bytes, a union's after its type ids.
        form == Form.VARIABLE_BYTES ? views.reversed() : views);
  }

  /** Dense unions have their children in the order of type ids, which need not be the schema's. */
  private static FieldVector child(FieldVector vector, LogicalType type, int index) {
    return vector instanceof DenseUnionVector dense && type instanceof LogicalType.Union union
        ? (FieldVector) dense.getVectorByType(union.typeIds().get(index).byteValue())
        : vector.getChildrenFromFields().get(index);
  }

  private void loadDictionary(Field field, Column values) {
    DictionaryEncoding encoding = field.getDictionary();
    if (dictionaries != null && encoding != null) {
      dictionaries.add(field, encoding, of(DictionaryFields.values(field, encoding), values));
    }
  }

  private Column fromFirstRow(Field field, Column column) {
    LaterRows later = LaterRows.of(column);
    TensorView places = later.shifted();
    int rows = countable(field, column.rows());
    if (places == null || rows == 0) {
      return later.column();
    }
    if (copies == null) {
      throw new RefusedVectorException(
          field,
          "expected rows from the first on, as Arrow Java has no offset, but found %d to skip; import it by copyingIfNeeded"
              .formatted(later.skip()));
    }
    ArrowBuf copy =
        column.type().form() == Form.BITS
            ? copies.ofBits(places, later.skip(), rows)
            : copies.ofRunEnds(places, later.skip(), rows);
    shifted.put(places, kept(copy));
    return later.column();
  }

  private static TensorView checkedPlaces(Field field, TensorView places) {
    DataType expected = Crossings.places(field.getType());
    if (!places.dataType().equals(expected)) {
      throw new RefusedVectorException(
          field, "expected offsets of %s but found %s".formatted(expected, places.dataType()));
    }
    return places;
  }

  private ArrowBuf bitmap(Field field, Validity validity, int rows) {
    if (validity.skip() == 0) {
      return buffer(validity.bytes());
    }
    if (copies == null) {
      throw new RefusedVectorException(
          field,
          "expected validity from the first bit of a byte but found %d to skip; import it by copyingIfNeeded"
              .formatted(validity.skip()));
    }
    return rows == 0
        ? allocator.getEmpty()
        : kept(copies.ofBits(validity.bytes(), validity.skip(), rows));
  }

  private static int countable(Field field, long rows) {
    if (rows > Integer.MAX_VALUE) {
      throw new RefusedVectorException(
          field, "expected at most %d rows but found %d".formatted(Integer.MAX_VALUE, rows));
    }
    return (int) rows;
  }

  /**
   * Gives a vector its own buffers, on which it takes references. Those of its children are loaded
   * before.
   */
  private void load(
      FieldVector vector,
      int rows,
      boolean hasBitmap,
      @Nullable Validity validity,
      List<TensorView> others) {
    int bitmaps = hasBitmap ? 1 : 0;
    ArrowBuf[] buffers = new ArrowBuf[others.size() + bitmaps];
    int before = buffersInPlace;
    for (int i = 0; i < others.size(); i++) {
      buffers[i + bitmaps] = buffer(others.get(i));
    }
    if (hasBitmap) {
      boolean isCopy = copies != null && buffersInPlace == before;
      buffers[0] =
          validity == null ? full(rows, isCopy) : bitmap(vector.getField(), validity, rows);
    }
    vector.loadFieldBuffers(
        new ArrowFieldNode(rows, validity == null ? 0 : -1), Arrays.asList(buffers));
  }

  /**
   * A bitmap without nulls, part of the memory that is held with the vector. Without any memory,
   * and for a copy, which is to hold nobody's, Arrow makes one by itself.
   */
  private ArrowBuf full(int rows, boolean isCopy) {
    return rows == 0 || isCopy || memory == null ? allocator.getEmpty() : memory.fullBitmap(rows);
  }

  private ArrowBuf buffer(TensorView view) {
    long bytes = WrappedSizes.bytes(view);
    if (bytes == 0) {
      return allocator.getEmpty();
    }
    ArrowBuf copy = shifted.get(view);
    if (copy != null) {
      return copy;
    }
    if (copies != null && sizes.isCopied(view)) {
      return kept(copies.of(view));
    }
    buffersInPlace++;
    return requireNonNull(memory).buffer(view.dataAddress(), bytes);
  }

  private ArrowBuf kept(ArrowBuf copy) {
    copied.add(copy);
    return copy;
  }

  /** Leaves to the vectors what they have. */
  @Override
  public void close() {
    copied.forEach(ArrowBuf::close);
    if (memory != null) {
      memory.close();
    }
  }
}
