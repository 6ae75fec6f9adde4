package org.dlpack4j.arrow.extension;

import org.apache.arrow.vector.extension.InvalidExtensionMetadataException;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;

/** An extension type that has no parameters, of which one instance is enough. */
abstract class PlainType extends ExtensionType {

  private final String name;
  private final ArrowType storage;

  PlainType(String name, ArrowType storage) {
    this.name = name;
    this.storage = storage;
  }

  @Override
  public final ArrowType storageType() {
    return storage;
  }

  @Override
  public final String extensionName() {
    return name;
  }

  @Override
  public final boolean extensionEquals(ExtensionType other) {
    return other.getClass() == getClass();
  }

  @Override
  public final String serialize() {
    return "";
  }

  /**
   * The type, if a field can be of it.
   *
   * @param storageType of the field
   * @param serializedData the parameters
   * @return the type
   * @throws InvalidExtensionMetadataException if the storage is another, or there are parameters
   */
  @Override
  public final ArrowType deserialize(ArrowType storageType, String serializedData) {
    Parameters.requireNone(name, storage, storageType, serializedData);
    return this;
  }

  @Override
  public final boolean isComplex() {
    return false;
  }
}
