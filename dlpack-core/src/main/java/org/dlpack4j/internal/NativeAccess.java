package org.dlpack4j.internal;

import java.util.function.Supplier;

/** Turns the JVM's refusal of native access into a message that says which flag to pass. */
final class NativeAccess {

  private NativeAccess() {}

  static <T> T granted(Supplier<T> restricted) {
    try {
      return restricted.get();
    } catch (IllegalCallerException e) {
      Module module = NativeAccess.class.getModule();
      String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
      throw new IllegalCallerException(
          "dlpack4j needs native access, which this JVM denies: start it with"
              + " --enable-native-access="
              + name,
          e);
    }
  }
}
