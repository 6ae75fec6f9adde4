package org.dlpack4j.arrow.extension;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.ValueIterableVector;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/** Numbers of bfloat16. */
public final class BFloat16Vector extends ExtensionVector<FixedSizeBinaryVector>
    implements ValueIterableVector<Float> {

  private static final int LOWER_HALF = 0x7fff;
  private static final int QUIET_NAN = 0x40;

  BFloat16Vector(
      String name, FieldType type, BufferAllocator allocator, FixedSizeBinaryVector storage) {
    super(name, type, allocator, storage);
  }

  /**
   * Makes a vector of nothing yet, which may have nulls.
   *
   * @param name of its field
   * @param allocator whose memory it has
   */
  public BFloat16Vector(String name, BufferAllocator allocator) {
    this(
        name,
        FieldType.nullable(BFloat16Type.INSTANCE),
        allocator,
        new FixedSizeBinaryVector(name, allocator, Short.BYTES));
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
   * @return the number, which a float has exactly
   * @throws IllegalStateException if it is null
   */
  public float get(int index) {
    if (isNull(index)) {
      throw new IllegalStateException(
          "row %d of %s: expected a value but found null; ask isNull first"
              .formatted(index, getName()));
    }
    short half = getUnderlyingVector().getDataBuffer().getShort((long) index * Short.BYTES);
    return Float.intBitsToFloat(half << Short.SIZE);
  }

  /**
   * Writes a row.
   *
   * @param index the row, for which there is memory
   * @param value what to write, rounded to the nearest bfloat16, to the even one of two
   */
  public void set(int index, float value) {
    getUnderlyingVector().setIndexDefined(index);
    getUnderlyingVector().getDataBuffer().setShort((long) index * Short.BYTES, rounded(value));
  }

  /**
   * Writes a row, for which memory is allocated if there is none.
   *
   * @param index the row
   * @param value what to write, rounded to the nearest bfloat16, to the even one of two
   */
  public void setSafe(int index, float value) {
    while (index >= getValueCapacity()) {
      reAlloc();
    }
    set(index, value);
  }

  private static short rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    int upper = bits >>> Short.SIZE;
    if (Float.isNaN(value)) {
      // Its upper half alone might be an infinity.
      return (short) (upper | QUIET_NAN);
    }
    return (short) ((bits + LOWER_HALF + (upper & 1)) >>> Short.SIZE);
  }

  @Override
  public @Nullable Float getObject(int index) {
    return isNull(index) ? null : get(index);
  }
}
