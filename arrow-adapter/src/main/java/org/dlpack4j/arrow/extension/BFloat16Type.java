package org.dlpack4j.arrow.extension;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Numbers of bfloat16, the upper half of a float, in two bytes each, the lower one first. Arrow has
 * no canonical type for them; this is the one that Lance has made and others write.
 */
public final class BFloat16Type extends PlainType {

  /** The name in the metadata of a field. */
  public static final String NAME = "lance.bfloat16";

  /** The type, which has no parameters. */
  public static final BFloat16Type INSTANCE = new BFloat16Type();

  private BFloat16Type() {
    super(NAME, new ArrowType.FixedSizeBinary(Short.BYTES));
  }

  @Override
  public FieldVector getNewVector(String name, FieldType fieldType, BufferAllocator allocator) {
    FieldType storage = ExtensionVector.storageType(fieldType, this);
    return new BFloat16Vector(
        name, fieldType, allocator, new FixedSizeBinaryVector(name, storage, allocator));
  }
}
