package org.dlpack4j.spi;

import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** The one implementation, once it was found. */
final class Provided {

  private static @Nullable NativeFunctions known;

  private Provided() {}

  static synchronized NativeFunctions get() {
    NativeFunctions found = known;
    if (found == null) {
      found = find();
      known = found;
    }
    return found;
  }

  private static NativeFunctions find() {
    try {
      return ServiceLoader.load(NativeFunctions.class, NativeFunctions.class.getClassLoader())
          .findFirst()
          .orElseThrow(
              () ->
                  new UnsatisfiedLinkError(
                      "native-shim: expected the module org.dlpack4j.shim but found none;"
                          + " put native-shim.jar beside dlpack-core.jar on the module path or"
                          + " class path"));
    } catch (ServiceConfigurationError e) {
      if (e.getCause() instanceof UnsatisfiedLinkError reason) {
        throw reason;
      }
      throw e;
    }
  }
}
