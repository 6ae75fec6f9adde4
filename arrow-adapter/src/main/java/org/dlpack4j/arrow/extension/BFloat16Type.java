package org.dlpack4j.arrow.extension;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.extension.InvalidExtensionMetadataException;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Numbers of bfloat16, the upper half of a float, in two bytes each, the lower one first. Arrow has
 * no canonical type for them; this is the one that Lance has made and others write.
 */
public final class BFloat16Type extends ExtensionType {

  /** The name in the metadata of a field. */
  public static final String NAME = "lance.bfloat16";

  /** The type, which has no parameters. */
  public static final BFloat16Type INSTANCE = new BFloat16Type();

  private static final ArrowType STORAGE = new ArrowType.FixedSizeBinary(Short.BYTES);

  private BFloat16Type() {}

  @Override
  public ArrowType storageType() {
    return STORAGE;
  }

  @Override
  public String extensionName() {
    return NAME;
  }

  @Override
  public boolean extensionEquals(ExtensionType other) {
    return other instanceof BFloat16Type;
  }

  @Override
  public String serialize() {
    return "";
  }

  /**
   * The type, if a field can be of it.
   *
   * @param storageType of the field
   * @param serializedData the parameters
   * @return the type
   * @throws InvalidExtensionMetadataException if the storage is not of two bytes, or there are
   *     parameters
   */
  @Override
  public ArrowType deserialize(ArrowType storageType, String serializedData) {
    Parameters.requireNone(NAME, STORAGE, storageType, serializedData);
    return INSTANCE;
  }

  @Override
  public boolean isComplex() {
    return false;
  }

  @Override
  public FieldVector getNewVector(String name, FieldType fieldType, BufferAllocator allocator) {
    FieldType storage = ExtensionVector.storageType(fieldType, this);
    return new BFloat16Vector(
        name, fieldType, allocator, new FixedSizeBinaryVector(name, storage, allocator));
  }
}
