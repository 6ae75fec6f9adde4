package org.dlpack4j.arrow.extension;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ValueIterableVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/** Tensors of one shape, one a row. Their elements are the data vector of the storage. */
public final class FixedShapeTensorVector extends ExtensionVector<FixedSizeListVector>
    implements ValueIterableVector<List<?>> {

  FixedShapeTensorVector(
      String name, FieldType type, BufferAllocator allocator, FixedSizeListVector storage) {
    super(name, type, allocator, storage);
  }

  /**
   * The shape of each, and what its dimensions are.
   *
   * @return the type of its field
   */
  public FixedShapeTensorType type() {
    return (FixedShapeTensorType) getField().getType();
  }

  /** The elements of a row, in the order in which they lie. */
  @Override
  public @Nullable List<?> getObject(int index) {
    return getUnderlyingVector().getObject(index);
  }
}
