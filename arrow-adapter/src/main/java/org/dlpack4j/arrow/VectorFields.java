package org.dlpack4j.arrow;

import static java.util.Comparator.comparingLong;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.Crossing.Numbers;
import org.dlpack4j.arrow.Crossing.Shaped;
import org.dlpack4j.arrow.extension.BFloat16Type;
import org.dlpack4j.arrow.extension.Bool8Type;
import org.dlpack4j.arrow.extension.FixedShapeTensorType;

/** What Arrow calls a tensor. */
final class VectorFields {

  /** The name that Arrow gives to what a list has. */
  private static final String ELEMENTS = "$data$";

  private static final Map<DataType, FieldType> TYPES =
      Map.ofEntries(
          integer(DataType.INT8, true),
          integer(DataType.INT16, true),
          integer(DataType.INT32, true),
          integer(DataType.INT64, true),
          integer(DataType.UINT8, false),
          integer(DataType.UINT16, false),
          integer(DataType.UINT32, false),
          integer(DataType.UINT64, false),
          floating(DataType.FLOAT16, FloatingPointPrecision.HALF),
          floating(DataType.FLOAT32, FloatingPointPrecision.SINGLE),
          floating(DataType.FLOAT64, FloatingPointPrecision.DOUBLE),
          entry(DataType.BOOL, Bool8Type.INSTANCE),
          entry(DataType.BFLOAT16, BFloat16Type.INSTANCE));

  /**
   * A field, and a tensor in the order of dimensions in which a vector of the field has them.
   *
   * @param field of the vector
   * @param view of the tensor; row-major without gaps if the vector can lie on it
   */
  record Fitted(Field field, TensorView view) {}

  private VectorFields() {}

  private static Map.Entry<DataType, FieldType> integer(DataType type, boolean signed) {
    return entry(type, new ArrowType.Int(type.bits(), signed));
  }

  private static Map.Entry<DataType, FieldType> floating(
      DataType type, FloatingPointPrecision precision) {
    return entry(type, new ArrowType.FloatingPoint(precision));
  }

  private static Map.Entry<DataType, FieldType> entry(DataType type, ArrowType arrows) {
    return Map.entry(type, FieldType.notNullable(arrows));
  }

  /** The field of a tensor: its numbers, in lists for every dimension but the first. */
  static Fitted of(String name, TensorView view) {
    return new Fitted(nested(name, type(name, view), view.layout(), 1), view);
  }

  private static FieldType type(String name, TensorView view) {
    FieldType type = TYPES.get(view.dataType());
    if (type == null) {
      throw new RefusedVectorException(
          name,
          view.dataType().toString(),
          "expected numbers that Arrow has but found %s; have it converted where it was made"
              .formatted(view.dataType()));
    }
    requireCountable(name, view);
    return type;
  }

  /** The field of a tensor of which each row is a tensor, in whichever order that lies. */
  static Fitted ofTensors(String name, TensorView view) {
    ArrowType elements = type(name, view).getType();
    int[] order = orderOfMemory(view.layout());
    int[] sizes = new int[order.length - 1];
    int[] permutation = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = (int) view.layout().shape(order[i + 1]);
      permutation[order[i + 1] - 1] = i;
    }
    Field field = FixedShapeTensorType.of(sizes).withPermutation(permutation).field(name, elements);
    return new Fitted(field, view.withLayout(view.layout().permute(order)));
  }

  /** All dimensions as they are nested in memory, the rows before all others. */
  private static int[] orderOfMemory(TensorLayout layout) {
    IntStream axes = IntStream.range(1, layout.ndim());
    if (!layout.isContiguous()) {
      // Where there is one only, or where they are repeated, any order is as good.
      axes =
          axes.boxed().sorted(comparingLong(axis -> -layout.stride(axis))).mapToInt(axis -> axis);
    }
    return IntStream.concat(IntStream.of(0), axes).toArray();
  }

  /** Arrow counts rows, and the elements of all their lists, by an int. */
  private static void requireCountable(String name, TensorView view) {
    long rows = 1;
    TensorLayout layout = view.layout();
    for (int axis = 0; axis < layout.ndim(); axis++) {
      long size = layout.shape(axis);
      if (size > Integer.MAX_VALUE / Math.max(rows, 1)) {
        throw new RefusedVectorException(
            name,
            view.dataType().toString(),
            "expected at most %d rows and elements of lists but found %s; slice it"
                .formatted(Integer.MAX_VALUE, layout));
      }
      rows *= size;
    }
  }

  private static Field nested(String name, FieldType type, TensorLayout layout, int axis) {
    if (axis == layout.ndim()) {
      return new Field(name, type, null);
    }
    ArrowType lists = new ArrowType.FixedSizeList((int) layout.shape(axis));
    Field elements = nested(ELEMENTS, type, layout, axis + 1);
    return new Field(name, FieldType.notNullable(lists), List.of(elements));
  }

  /** The field, if it is what the tensor has. */
  static Fitted checked(Field field, TensorView view) {
    requireCountable(field.getName(), view);
    int[] order = IntStream.range(0, view.layout().ndim()).toArray();
    check(field, field, view, 1, order);
    return new Fitted(field, view.withLayout(view.layout().permute(order)));
  }

  /** Whether a vector of the field has dimensions in another order than those of the tensor. */
  static boolean isPermuted(Field field) {
    return (field.getType() instanceof FixedShapeTensorType tensors && tensors.isPermuted())
        || field.getChildren().stream().anyMatch(VectorFields::isPermuted);
  }

  private static void check(Field field, Field part, TensorView view, int axis, int[] order) {
    TensorLayout layout = view.layout();
    if (part.getType() instanceof ArrowType.FixedSizeList lists && axis < layout.ndim()) {
      require(field, lists.getListSize() == layout.shape(axis), view);
      check(field, part.getChildren().getFirst(), view, axis + 1, order);
      return;
    }
    if (part.getType() instanceof FixedShapeTensorType tensors) {
      int ndim = tensors.shape().size();
      require(field, axis + ndim <= layout.ndim(), view);
      for (int i = 0; i < ndim; i++) {
        int inMemory = tensors.permutation().get(i);
        require(field, tensors.shape().get(inMemory) == layout.shape(axis + i), view);
        order[axis + inMemory] = axis + i;
      }
      check(field, part.getChildren().getFirst(), view, axis + ndim, order);
      return;
    }
    int dimensionsLeft = layout.ndim() - axis;
    boolean fits =
        switch (Crossings.of(part.getType())) {
          case Numbers(DataType type, _) ->
              dimensionsLeft == 0
                  ? type.equals(view.dataType())
                  : isBytes(view, dimensionsLeft, type.elementBits() / Byte.SIZE);
          case Shaped.FIXED_BYTES -> {
            int width = Shaped.FIXED_BYTES.logicalType(part.getType()).width();
            yield isBytes(view, dimensionsLeft, width);
          }
          default -> false;
        };
    require(field, fits, view);
  }

  /** Whether the last dimension, the only one left, is of so many bytes. */
  private static boolean isBytes(TensorView view, int dimensionsLeft, int width) {
    TensorLayout layout = view.layout();
    return dimensionsLeft == 1
        && view.dataType().equals(DataType.UINT8)
        && layout.shape(layout.ndim() - 1) == width;
  }

  private static void require(Field field, boolean fits, TensorView view) {
    if (!fits) {
      throw new RefusedVectorException(
          field,
          "expected its numbers and sizes but found %s%s"
              .formatted(view.dataType(), view.layout()));
    }
  }
}
