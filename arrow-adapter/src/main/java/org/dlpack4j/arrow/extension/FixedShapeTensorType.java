package org.dlpack4j.arrow.extension;

import java.util.Arrays;
import java.util.HashSet;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.BaseRepeatedValueVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.extension.InvalidExtensionMetadataException;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Arrow's canonical type {@code arrow.fixed_shape_tensor}: tensors of one shape, one a row, whose
 * elements lie row-major in a list of fixed size. A permutation says in which other order people
 * know the dimensions.
 */
// The superclass has a List of its own, which hides Java's.
public final class FixedShapeTensorType extends ExtensionType {

  /** The name in the metadata of a field. */
  public static final String NAME = "arrow.fixed_shape_tensor";

  private final java.util.List<Integer> shape;
  private final java.util.List<String> dimNames;
  private final java.util.List<Integer> permutation;
  private final int elementCount;

  /** Checks what the specification says of the three. */
  FixedShapeTensorType(
      java.util.List<Integer> shape,
      java.util.List<String> dimNames,
      java.util.List<Integer> permutation) {
    this.shape = java.util.List.copyOf(shape);
    this.dimNames = java.util.List.copyOf(dimNames);
    this.permutation = java.util.List.copyOf(permutation);
    elementCount = countOf(shape);
    if (!dimNames.isEmpty() && dimNames.size() != shape.size()) {
      throw new IllegalArgumentException(
          "dim_names: expected %d, one for each size, but found %s"
              .formatted(shape.size(), dimNames));
    }
    boolean eachOnce = new HashSet<>(permutation).equals(new HashSet<>(identity(shape.size())));
    if (permutation.size() != shape.size() || !eachOnce) {
      throw new IllegalArgumentException(
          "permutation: expected each of 0 to %d once but found %s"
              .formatted(shape.size() - 1, permutation));
    }
  }

  /** Exact even if a size is 0, as whoever multiplies the others must not overflow either. */
  private static int countOf(java.util.List<Integer> shape) {
    long count = 1;
    boolean empty = false;
    for (int size : shape) {
      empty |= size == 0;
      count *= Math.max(size, 1);
      if (size < 0 || count > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "shape: expected sizes of 0 or more, of at most %d elements, but found %s"
                .formatted(Integer.MAX_VALUE, shape));
      }
    }
    return empty ? 0 : (int) count;
  }

  private static java.util.List<Integer> identity(int ndim) {
    return IntStream.range(0, ndim).boxed().toList();
  }

  /**
   * A type of a shape.
   *
   * @param shape the sizes of each row's tensor, as it lies in memory
   * @return the type, without names, and without another order of dimensions
   * @throws IllegalArgumentException if a size is negative, or there are more elements than lists
   *     can have
   */
  public static FixedShapeTensorType of(int... shape) {
    java.util.List<Integer> sizes = Arrays.stream(shape).boxed().toList();
    return new FixedShapeTensorType(sizes, java.util.List.of(), identity(shape.length));
  }

  /**
   * The same with names of the dimensions.
   *
   * @param names one for each, in the order in which they lie in memory
   * @return another type
   * @throws IllegalArgumentException if there are more or fewer
   */
  public FixedShapeTensorType withDimNames(String... names) {
    return new FixedShapeTensorType(shape, java.util.List.of(names), permutation);
  }

  /**
   * The same with another order of the dimensions.
   *
   * @param axes for each dimension that people see, which one of the shape it is
   * @return another type
   * @throws IllegalArgumentException if it is no permutation
   */
  public FixedShapeTensorType withPermutation(int... axes) {
    return new FixedShapeTensorType(shape, dimNames, Arrays.stream(axes).boxed().toList());
  }

  /**
   * The sizes of each row's tensor.
   *
   * @return as it lies in memory, row-major
   */
  public java.util.List<Integer> shape() {
    return shape;
  }

  /**
   * The names of the dimensions.
   *
   * @return one for each size of the shape, or none at all
   */
  public java.util.List<String> dimNames() {
    return dimNames;
  }

  /**
   * The order in which people know the dimensions.
   *
   * @return for each, which one of the shape it is; 0, 1, … if there is no other order
   */
  public java.util.List<Integer> permutation() {
    return permutation;
  }

  /**
   * Whether people know the dimensions in another order than that of memory.
   *
   * @return false for the order 0, 1, …
   */
  public boolean isPermuted() {
    return !permutation.equals(identity(shape.size()));
  }

  /**
   * The number of elements of each row's tensor.
   *
   * @return the product of the shape, which is the size of the storage's lists
   */
  public int elementCount() {
    return elementCount;
  }

  /**
   * A field of this type without nulls.
   *
   * @param name the field's
   * @param elements the type of the tensors' elements
   * @return the field
   */
  public Field field(String name, ArrowType elements) {
    Field child =
        new Field(BaseRepeatedValueVector.DATA_VECTOR_NAME, FieldType.notNullable(elements), null);
    return new Field(name, FieldType.notNullable(this), java.util.List.of(child));
  }

  @Override
  public ArrowType storageType() {
    return new ArrowType.FixedSizeList(elementCount);
  }

  @Override
  public String extensionName() {
    return NAME;
  }

  @Override
  public boolean extensionEquals(ExtensionType other) {
    return other instanceof FixedShapeTensorType that
        && shape.equals(that.shape)
        && dimNames.equals(that.dimNames)
        && permutation.equals(that.permutation);
  }

  @Override
  public String serialize() {
    return Parameters.ofTensor(this);
  }

  /**
   * The type that a field is of.
   *
   * @param storageType of the field
   * @param serializedData the parameters as JSON
   * @return the type
   * @throws InvalidExtensionMetadataException if the parameters are not as the specification says,
   *     or the storage is no list of as many elements
   */
  @Override
  public ArrowType deserialize(ArrowType storageType, String serializedData) {
    FixedShapeTensorType type = Parameters.tensor(serializedData);
    Parameters.requireStorage(NAME, type.storageType(), storageType);
    return type;
  }

  @Override
  public FieldVector getNewVector(String name, FieldType fieldType, BufferAllocator allocator) {
    FieldType storage = ExtensionVector.storageType(fieldType, this);
    return new FixedShapeTensorVector(
        name, fieldType, allocator, new FixedSizeListVector(name, allocator, storage, null));
  }

  @Override
  public String toString() {
    return "FixedShapeTensor(shape=%s, dim_names=%s, permutation=%s)"
        .formatted(shape, dimNames, permutation);
  }
}
