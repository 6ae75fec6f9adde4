package org.dlpack4j.cuda.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code libcuda.so.1}. Loading this class never fails: without a driver, or where it lacks a
 * function, the call does.
 */
public final class DriverLibrary {

  /** Why there is no driver; empty if there is one. */
  public static final Optional<String> MISSING;

  private static final @Nullable SymbolLookup LIBRARY;

  static {
    SymbolLookup library = null;
    String missing = null;
    try {
      library = open();
    } catch (IllegalArgumentException e) {
      missing =
          "expected NVIDIA's driver, libcuda.so.1, but the loader found none; install the driver,"
              + " or in a container give it the GPU";
    } catch (IllegalCallerException e) {
      Module module = DriverLibrary.class.getModule();
      missing =
          "expected native access, which this JVM denies; start it with --enable-native-access="
              + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }
    LIBRARY = library;
    MISSING = Optional.ofNullable(missing);
  }

  private DriverLibrary() {}

  @SuppressWarnings("restricted") // Everybody's name for the driver.
  private static SymbolLookup open() {
    return SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
  }

  /**
   * A function of the driver.
   *
   * @param name as the driver exports it
   * @param parameters what it takes; it returns its error
   * @return what calls it, or says why it cannot
   */
  public static DriverFunction function(String name, MemoryLayout... parameters) {
    MethodType type = MethodType.genericMethodType(0).changeReturnType(int.class);
    for (int i = 0; i < parameters.length; i++) {
      type = type.appendParameterTypes(long.class);
    }
    MethodHandle handle = link(name, FunctionDescriptor.of(JAVA_INT, parameters));
    return new DriverFunction(name, MethodHandles.explicitCastArguments(handle, type));
  }

  @SuppressWarnings("restricted") // The descriptors are those of the driver's own header.
  private static MethodHandle link(String name, FunctionDescriptor descriptor) {
    Optional<MemorySegment> address = LIBRARY == null ? Optional.empty() : LIBRARY.find(name);
    return address.isPresent()
        ? Linker.nativeLinker().downcallHandle(address.get(), descriptor)
        : missing(name, descriptor.toMethodType());
  }

  private static MethodHandle missing(String name, MethodType type) {
    String message =
        "CUDA: "
            + MISSING.orElse(
                "expected the function %s but the driver has none; update the driver"
                    .formatted(name));
    try {
      MethodHandle thrower =
          MethodHandles.lookup()
              .findStatic(
                  DriverLibrary.class,
                  "unsupported",
                  MethodType.methodType(int.class, String.class))
              .bindTo(message);
      return MethodHandles.dropArguments(thrower, 0, type.parameterList());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a method of this class", e);
    }
  }

  @SuppressWarnings("unused") // Called by the handles of what is missing.
  private static int unsupported(String message) {
    throw new UnsupportedOperationException(message);
  }

  /**
   * What a function of the driver points to.
   *
   * @param address of a C string that stays
   * @return the string
   */
  @SuppressWarnings("restricted") // The driver's own strings end with a zero.
  public static String string(long address) {
    return MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE).getString(0);
  }

  /**
   * Memory of the host that the driver has allocated.
   *
   * @param address where
   * @param byteSize how much
   * @return a segment of the global scope
   */
  @SuppressWarnings("restricted") // The address and the size are the driver's.
  public static MemorySegment hostMemory(long address, long byteSize) {
    return MemorySegment.ofAddress(address).reinterpret(byteSize);
  }
}
