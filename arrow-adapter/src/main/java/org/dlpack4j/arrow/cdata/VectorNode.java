package org.dlpack4j.arrow.cdata;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.arrow.cdata.Layout.Kind;
import org.dlpack4j.arrow.union.RootFields;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A vector as an {@code ArrowArray} will describe it: nothing is held or written yet.
 *
 * @param name the vector's, for messages
 * @param length how many values
 * @param nullCount -1 where they have not been counted
 * @param buffers what the array's buffers are, 0 for NULL; without the sizes of a view's buffers
 * @param viewedBytes the sizes that a view array has as its last buffer, null for other arrays
 * @param held the buffers that must stay
 * @param children one for each child of the array
 * @param dictionary of a vector of indices
 */
@SuppressWarnings("ArrayRecordComponent") // Read once, by the writer.
record VectorNode(
    String name,
    long length,
    long nullCount,
    long[] buffers,
    long @Nullable [] viewedBytes,
    List<ArrowBuf> held,
    List<VectorNode> children,
    @Nullable VectorNode dictionary) {

  /** At least 64 zero bytes, for arrays without values; nobody writes to what is exported. */
  static final long ZEROS = Memory.reserve(64, 64);

  private static final long UNKNOWN = -1;

  /** A record batch, which is a struct without nulls. */
  static VectorNode of(VectorSchemaRoot root, DictionaryProvider dictionaries) {
    List<VectorNode> children = new ArrayList<>(root.getFieldVectors().size());
    List<Field> fields = RootFields.of(root);
    for (int i = 0; i < fields.size(); i++) {
      FieldVector vector = root.getVector(i);
      VectorNode child = of(vector, fields.get(i), dictionaries);
      requireLength(child, root.getRowCount(), vector);
      children.add(child);
    }
    return new VectorNode(
        "batch", root.getRowCount(), 0, new long[] {0}, null, List.of(), children, null);
  }

  static VectorNode of(FieldVector vector, DictionaryProvider dictionaries) {
    return of(vector, vector.getField(), dictionaries);
  }

  /** Of children in the order of the field's, as the schema is made of that, too. */
  private static VectorNode of(FieldVector vector, Field field, DictionaryProvider dictionaries) {
    Layout layout = Layout.of(field.getType());
    int length = vector.getValueCount();
    List<ArrowBuf> found = vector.getFieldBuffers();
    long[] buffers = new long[found.size()];
    List<ArrowBuf> held = new ArrayList<>(buffers.length);
    for (int i = 0; i < buffers.length; i++) {
      buffers[i] = address(found.get(i), layout, i, length, vector);
      if (buffers[i] == found.get(i).memoryAddress() && found.get(i).capacity() != 0) {
        held.add(found.get(i));
      }
    }
    List<VectorNode> children = new ArrayList<>();
    List<FieldVector> vectors = children(vector, field);
    for (int i = 0; i < vectors.size(); i++) {
      VectorNode node = of(vectors.get(i), field.getChildren().get(i), dictionaries);
      requireLength(node, neededOfChild(layout, length, found), vectors.get(i));
      children.add(node);
    }
    return new VectorNode(
        "vector '" + vector.getName() + "'",
        length,
        nullCount(layout, length, buffers),
        buffers,
        layout.kind() == Kind.VIEW ? viewedBytes(found) : null,
        held,
        children,
        dictionary(field.getDictionary(), dictionaries));
  }

  /** In the order of the field's children, which for a dense union is that of its type ids. */
  static List<FieldVector> children(FieldVector vector, Field field) {
    if (!(vector instanceof DenseUnionVector union)) {
      return vector.getChildrenFromFields();
    }
    List<FieldVector> children = new ArrayList<>();
    for (int id : ((ArrowType.Union) field.getType()).getTypeIds()) {
      children.add((FieldVector) union.getVectorByType((byte) id));
    }
    return children;
  }

  private static @Nullable VectorNode dictionary(
      @Nullable DictionaryEncoding encoding, DictionaryProvider dictionaries) {
    return encoding == null
        ? null
        : of(SchemaWriter.dictionary(dictionaries, encoding).getVector(), dictionaries);
  }

  private static long neededOfChild(Layout layout, long length, List<ArrowBuf> found) {
    return switch (layout.kind()) {
      case STRUCT, SPARSE_UNION -> length;
      case FIXED_LIST -> length * layout.width();
      case LIST ->
          length == 0
              ? 0
              : layout.width() == Long.BYTES
                  ? found.get(1).getLong(length * Long.BYTES)
                  : found.get(1).getInt(length * Integer.BYTES);
      default -> 0;
    };
  }

  private static void requireLength(VectorNode node, long needed, FieldVector vector) {
    if (node.length < needed) {
      throw new IllegalArgumentException(
          "vector '%s': expected %d values or more, as its parent has them, but found %d; call"
                  .formatted(vector.getName(), needed, node.length)
              + " setValueCount of the parent");
    }
  }

  /** Where a buffer is; NULL for validity that says nothing. */
  private static long address(
      ArrowBuf buffer, Layout layout, int index, int length, FieldVector vector) {
    boolean isValidity = layout.kind().hasValidity && index == 0;
    if (isValidity && length == 0) {
      return 0;
    }
    long needed = neededBytes(layout, index, length);
    if (buffer.capacity() >= needed && buffer.memoryAddress() != 0) {
      return buffer.memoryAddress();
    }
    // Without values a vector may have no memory, where the array has one offset, or no NULL.
    if (length == 0 || needed == 0) {
      return ZEROS;
    }
    throw new IllegalArgumentException(
        "vector '%s': expected %d bytes or more in buffer %d for %d values but found %d; allocate"
                .formatted(vector.getName(), needed, index, length, buffer.capacity())
            + " the vector before its value count is set");
  }

  private static long neededBytes(Layout layout, int index, int length) {
    if (layout.kind().hasValidity && index == 0) {
      return bitBytes(length);
    }
    return switch (layout.kind()) {
      case BITS -> bitBytes(length);
      case FIXED -> (long) layout.width() * length;
      case VIEW -> index == 1 ? (long) layout.width() * length : 0;
      case VARIABLE, LIST -> index == 1 ? (long) layout.width() * (length + 1L) : 0;
      case LIST_VIEW -> (long) layout.width() * length;
      case SPARSE_UNION -> length;
      case DENSE_UNION -> index == 0 ? length : (long) Integer.BYTES * length;
      default -> 0;
    };
  }

  private static long bitBytes(int bits) {
    return BitVectorHelper.getValidityBufferSizeFromCount(bits);
  }

  private static long nullCount(Layout layout, int length, long[] buffers) {
    if (layout.kind() == Kind.NULL) {
      return length;
    }
    return layout.kind().hasValidity && buffers[0] != 0 ? UNKNOWN : 0;
  }

  private static long[] viewedBytes(List<ArrowBuf> found) {
    long[] bytes = new long[found.size() - 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = found.get(i + 2).capacity();
    }
    return bytes;
  }
}
