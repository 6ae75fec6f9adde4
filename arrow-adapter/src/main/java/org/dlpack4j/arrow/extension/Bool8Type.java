package org.dlpack4j.arrow.extension;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.extension.InvalidExtensionMetadataException;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Arrow's canonical type {@code arrow.bool8}: a bool in a byte, 0 for false and anything else for
 * true, as DLPack has it.
 */
public final class Bool8Type extends ExtensionType {

  /** The name in the metadata of a field. */
  public static final String NAME = "arrow.bool8";

  /** The type, which has no parameters. */
  public static final Bool8Type INSTANCE = new Bool8Type();

  private static final ArrowType STORAGE = new ArrowType.Int(Byte.SIZE, true);

  private Bool8Type() {}

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
    return other instanceof Bool8Type;
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
   * @throws InvalidExtensionMetadataException if the storage is not int8, or there are parameters
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
    return new Bool8Vector(name, fieldType, allocator, new TinyIntVector(name, storage, allocator));
  }
}
