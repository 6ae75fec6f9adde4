package org.dlpack4j.shim.internal;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/** Functions of the C library. */
final class Libc {

  private Libc() {}

  @SuppressWarnings("restricted") // The descriptors are those of the functions' manual pages.
  static MethodHandle link(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a native call does not throw", thrown);
  }
}
