package org.dlpack4j.shim.internal;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Functions of the C library. */
final class Libc {

  private Libc() {}

  @SuppressWarnings("restricted") // The descriptors are those of the functions' manual pages.
  static MethodHandle link(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    try {
      MemorySegment function =
          linker
              .defaultLookup()
              .find(name)
              .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + name));
      return linker.downcallHandle(function, descriptor);
    } catch (IllegalCallerException e) {
      throw denied();
    }
  }

  private static UnsatisfiedLinkError denied() {
    Module module = Libc.class.getModule();
    return new UnsatisfiedLinkError(
        "native-shim: expected native access, which this JVM denies; start it with"
            + " --enable-native-access="
            + (module.isNamed() ? "org.dlpack4j," + module.getName() : "ALL-UNNAMED"));
  }

  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a native call does not throw", thrown);
  }
}
