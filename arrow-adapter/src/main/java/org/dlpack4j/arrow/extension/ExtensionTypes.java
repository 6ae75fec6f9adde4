package org.dlpack4j.arrow.extension;

import java.util.List;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.ExtensionTypeRegistry;

/** The extension types of this package in Arrow's registry, which all of the JVM shares. */
public final class ExtensionTypes {

  private static final List<ExtensionType> ALL =
      List.of(Bool8Type.INSTANCE, BFloat16Type.INSTANCE, FixedShapeTensorType.of());

  private ExtensionTypes() {}

  /**
   * Registers the types of this package, so that from now on a schema of a file, of a stream or of
   * Arrow's C interfaces has them instead of their storage. To be called once, before such a schema
   * is read; nothing else in this library calls it, as it changes what everybody in the JVM reads.
   * Vectors that are made in Java need it not. Calling it again does nothing, and a type of the
   * same name that somebody else has registered stays.
   */
  public static synchronized void register() {
    for (ExtensionType type : ALL) {
      if (ExtensionTypeRegistry.lookup(type.extensionName()) == null) {
        ExtensionTypeRegistry.register(type);
      }
    }
  }
}
