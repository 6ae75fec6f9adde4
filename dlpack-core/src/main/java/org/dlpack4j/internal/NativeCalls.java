package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Locale;

/** Calls from Java into C and back. */
public final class NativeCalls {

  /** Whether this is Linux, the platform for which futexes and system calls are written. */
  public static final boolean LINUX =
      System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux");

  private static final Linker LINKER = Linker.nativeLinker();
  private static final FunctionDescriptor VOID_OF_POINTER = FunctionDescriptor.ofVoid(JAVA_LONG);
  private static final MethodHandle CALL = NativeAccess.granted(NativeCalls::linkCall);

  private NativeCalls() {}

  @SuppressWarnings(
      "restricted") // Takes the address at each call; the descriptor fits every void (*)(void *).
  private static MethodHandle linkCall() {
    return LINKER.downcallHandle(VOID_OF_POINTER);
  }

  /**
   * Calls {@code void (*function)(void *argument)}.
   *
   * @param function its address
   * @param argument what it gets
   */
  public static void call(long function, long argument) {
    try {
      CALL.invokeExact(MemorySegment.ofAddress(function), argument);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Makes a static method callable from C for as long as the process lives.
   *
   * @param caller a lookup of the method's class
   * @param method a static method of one {@code long}, the pointer, and no result; it must not
   *     throw
   * @return the address of a {@code void (*)(void *)}
   */
  public static long stub(MethodHandles.Lookup caller, String method) {
    return stub(caller, method, VOID_OF_POINTER.toMethodType());
  }

  /**
   * Makes a static method callable from C for as long as the process lives.
   *
   * @param caller a lookup of the method's class
   * @param method a static method that must not throw
   * @param type its type, of {@code int}, {@code long} for pointers, and {@code void}
   * @return the address of a function of that type
   */
  @SuppressWarnings("restricted") // The stub lives in the global arena, so no call can outlive it.
  public static long stub(MethodHandles.Lookup caller, String method, MethodType type) {
    return NativeAccess.granted(
        () -> {
          try {
            MethodHandle target = caller.findStatic(caller.lookupClass(), method, type);
            return LINKER.upcallStub(target, descriptor(type), Arena.global()).address();
          } catch (ReflectiveOperationException e) {
            throw new LinkageError("no static method " + method + type, e);
          }
        });
  }

  /**
   * Links functions that are called by their address, the first argument.
   *
   * @param type of the functions, of {@code int}, {@code long} for pointers, and {@code void}
   * @return the handle, which takes a {@code MemorySegment} and then what the functions take
   */
  @SuppressWarnings("restricted") // Callers pass functions of that type.
  static MethodHandle linkByAddress(MethodType type) {
    return NativeAccess.granted(() -> LINKER.downcallHandle(descriptor(type)));
  }

  private static FunctionDescriptor descriptor(MethodType type) {
    MemoryLayout[] parameters =
        type.parameterList().stream().map(NativeCalls::layout).toArray(MemoryLayout[]::new);
    return type.returnType() == void.class
        ? FunctionDescriptor.ofVoid(parameters)
        : FunctionDescriptor.of(layout(type.returnType()), parameters);
  }

  private static MemoryLayout layout(Class<?> type) {
    return type == int.class ? JAVA_INT : JAVA_LONG;
  }

  /**
   * Links a function of the C library.
   *
   * @param name its name
   * @param descriptor its type; pointers as {@code JAVA_LONG}
   * @param options as of the linker
   * @return the handle
   */
  @SuppressWarnings("restricted") // The descriptors are those of the functions' manual pages.
  static MethodHandle libc(String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return NativeAccess.granted(
        () -> LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options));
  }

  /**
   * Where a function of the C library is.
   *
   * @param name its name
   * @return its address
   */
  static long address(String name) {
    return LINKER.defaultLookup().findOrThrow(name).address();
  }

  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a native call does not throw", thrown);
  }
}
