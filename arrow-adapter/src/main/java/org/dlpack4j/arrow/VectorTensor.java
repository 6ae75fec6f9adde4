package org.dlpack4j.arrow;

import static org.dlpack4j.arrow.BufferViews.nulls;
import static org.dlpack4j.arrow.BufferViews.storage;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.Crossing.Numbers;
import org.dlpack4j.arrow.Crossing.Refused;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.arrow.extension.FixedShapeTensorType;
import org.dlpack4j.arrow.extension.FixedShapeTensorVector;

/** A vector as one tensor: numbers at one stride, without nulls. */
final class VectorTensor {

  private final Field field;
  private final BufferViews buffers;
  private final boolean decimalsAsBytes;

  private VectorTensor(Field field, BufferViews buffers, boolean decimalsAsBytes) {
    this.field = field;
    this.buffers = buffers;
    this.decimalsAsBytes = decimalsAsBytes;
  }

  static TensorView of(FieldVector vector, BufferViews buffers, boolean decimalsAsBytes) {
    VectorTensor tensor = new VectorTensor(vector.getField(), buffers, decimalsAsBytes);
    return tensor.of(vector, new long[] {vector.getValueCount()}, vector.getValueCount());
  }

  /** The bytes of a vector of bits. */
  static TensorView packed(BitVector vector, BufferViews buffers) {
    Field field = vector.getField();
    requireNoNulls(vector);
    return buffers.bits(field, vector.getDataBuffer(), vector.getValueCount());
  }

  /** The numbers of a vector, whatever those are worth where it is null. */
  static TensorView withNulls(FieldVector given, BufferViews buffers) {
    FieldVector vector = storage(given);
    VectorTensor tensor = new VectorTensor(given.getField(), buffers, false);
    if (Crossings.of(given) instanceof Numbers(DataType type, _)
        && type.elementBits() <= Long.SIZE) {
      return buffers.rows(given.getField(), vector.getDataBuffer(), type, vector.getValueCount());
    }
    throw tensor.refusal("expected one number a row to fill in but found another type");
  }

  static void requireNoNulls(FieldVector vector) {
    new VectorTensor(vector.getField(), new BufferViews(), false)
        .requireNoNulls(vector, vector.getValueCount());
  }

  /** Each fixed list around the numbers is a dimension more. */
  private TensorView of(FieldVector vector, long[] shape, long rows) {
    return switch (Crossings.of(vector)) {
      case Numbers(DataType type, _) -> numbers(vector, type, shape, rows);
      case Shaped.FIXED_BYTES -> {
        int width = ((BaseFixedWidthVector) storage(vector)).getTypeWidth();
        yield bytes(vector, width, shape, rows);
      }
      case Shaped.FIXED_LISTS -> {
        requireNoNulls(vector, rows);
        FixedSizeListVector lists = (FixedSizeListVector) storage(vector);
        int size = lists.getListSize();
        yield of(lists.getDataVector(), with(shape, size), rows * size);
      }
      case Shaped.TENSORS -> {
        requireNoNulls(vector, rows);
        yield tensors((FixedShapeTensorVector) vector, shape, rows);
      }
      case Shaped.BITS ->
          throw refusal("expected bytes but found bits; export them packed, or an unpacked copy");
      case Shaped _ ->
          throw refusal("expected values at one stride but found more; export a column");
      case Refused(String why) -> throw refusal(why);
    };
  }

  private TensorView tensors(FixedShapeTensorVector vector, long[] shape, long rows) {
    FixedShapeTensorType type = vector.type();
    long[] sizes = Arrays.copyOf(shape, shape.length + type.shape().size());
    Arrays.setAll(sizes, i -> i < shape.length ? shape[i] : type.shape().get(i - shape.length));
    FieldVector elements = vector.getUnderlyingVector().getDataVector();
    TensorView view = of(elements, sizes, rows * type.elementCount());
    int[] axes = IntStream.range(0, view.layout().ndim()).toArray();
    for (int i = 0; i < type.permutation().size(); i++) {
      axes[shape.length + i] = shape.length + type.permutation().get(i);
    }
    return view.withLayout(view.layout().permute(axes));
  }

  private TensorView numbers(FieldVector vector, DataType type, long[] shape, long rows) {
    int width = type.elementBits() / Byte.SIZE;
    if (width <= Long.BYTES) {
      requireNoNulls(vector, rows);
      return buffers.rows(field, vector.getDataBuffer(), type, shape);
    }
    if (!decimalsAsBytes) {
      throw refusal(
          "expected numbers that consumers know but found %d bytes each; export them as bytes"
              .formatted(width));
    }
    return bytes(vector, width, shape, rows);
  }

  private TensorView bytes(FieldVector vector, int width, long[] shape, long rows) {
    requireNoNulls(vector, rows);
    return buffers.rows(field, vector.getDataBuffer(), DataType.UINT8, with(shape, width));
  }

  private static long[] with(long[] shape, long last) {
    long[] longer = Arrays.copyOf(shape, shape.length + 1);
    longer[shape.length] = last;
    return longer;
  }

  private void requireNoNulls(FieldVector vector, long rows) {
    int nulls = nulls(field, vector, rows);
    if (nulls != 0) {
      throw refusal(
          "expected no nulls but found %d in %d rows; export a column, or a filled copy"
              .formatted(nulls, rows));
    }
  }

  private RefusedVectorException refusal(String reason) {
    return new RefusedVectorException(field, reason);
  }
}
