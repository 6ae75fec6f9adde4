package org.dlpack4j.arrow.extension;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.ValueIterableVector;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/** Bools of a byte each. */
public final class Bool8Vector extends ExtensionVector<TinyIntVector>
    implements ValueIterableVector<Boolean> {

  Bool8Vector(String name, FieldType type, BufferAllocator allocator, TinyIntVector storage) {
    super(name, type, allocator, storage);
  }

  /**
   * Makes a vector of nothing yet, which may have nulls.
   *
   * @param name of its field
   * @param allocator whose memory it has
   */
  public Bool8Vector(String name, BufferAllocator allocator) {
    this(
        name,
        FieldType.nullable(Bool8Type.INSTANCE),
        allocator,
        new TinyIntVector(name, allocator));
  }

  /**
   * Allocates memory for some rows, all of them null.
   *
   * @param rows how many
   */
  public void allocateNew(int rows) {
    getUnderlyingVector().allocateNew(rows);
  }

  /**
   * The value of a row.
   *
   * @param index the row
   * @return true for any byte but 0
   * @throws IllegalStateException if it is null
   */
  public boolean get(int index) {
    return getUnderlyingVector().get(index) != 0;
  }

  /**
   * Writes a row.
   *
   * @param index the row, for which there is memory
   * @param value what to write
   */
  public void set(int index, boolean value) {
    getUnderlyingVector().set(index, value ? 1 : 0);
  }

  /**
   * Writes a row, for which memory is allocated if there is none.
   *
   * @param index the row
   * @param value what to write
   */
  public void setSafe(int index, boolean value) {
    getUnderlyingVector().setSafe(index, value ? 1 : 0);
  }

  @Override
  public @Nullable Boolean getObject(int index) {
    return isNull(index) ? null : get(index);
  }
}
