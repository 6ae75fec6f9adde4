package org.dlpack4j.arrow.extension;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Arrow's canonical type {@code arrow.bool8}: a bool in a byte, 0 for false and anything else for
 * true, as DLPack has it.
 */
public final class Bool8Type extends PlainType {

  /** The name in the metadata of a field. */
  public static final String NAME = "arrow.bool8";

  /** The type, which has no parameters. */
  public static final Bool8Type INSTANCE = new Bool8Type();

  private Bool8Type() {
    super(NAME, new ArrowType.Int(Byte.SIZE, true));
  }

  @Override
  public FieldVector getNewVector(String name, FieldType fieldType, BufferAllocator allocator) {
    FieldType storage = ExtensionVector.storageType(fieldType, this);
    return new Bool8Vector(name, fieldType, allocator, new TinyIntVector(name, storage, allocator));
  }
}
