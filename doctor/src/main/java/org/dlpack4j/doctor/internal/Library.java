package org.dlpack4j.doctor.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * A library of this process, never unloaded. Opened by dlopen itself rather than by a symbol
 * lookup, which does not say why it failed.
 */
public final class Library {

  private static final int RTLD_NOW = 2;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle DLOPEN =
      libc("dlopen", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
  private static final MethodHandle DLSYM =
      libc("dlsym", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));

  // Found beforehand: looking for a function forgets the last error.
  private static final MethodHandle DLERROR = libc("dlerror", FunctionDescriptor.of(ADDRESS));

  private final MemorySegment handle;

  private Library(MemorySegment handle) {
    this.handle = handle;
  }

  @SuppressWarnings("restricted") // The descriptors are those of the functions' manual pages.
  private static MethodHandle libc(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
  }

  /**
   * Opens a library by its name, where the loader looks for it.
   *
   * @throws UnsatisfiedLinkError with the loader's reason
   */
  public static Library open(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = (MemorySegment) DLOPEN.invokeExact(arena.allocateFrom(name), RTLD_NOW);
      if (handle.address() == 0) {
        throw new UnsatisfiedLinkError(string((MemorySegment) DLERROR.invokeExact()));
      }
      return new Library(handle);
    } catch (UnsatisfiedLinkError e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  Optional<MemorySegment> find(String symbol) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = (MemorySegment) DLSYM.invokeExact(handle, arena.allocateFrom(symbol));
      return address.address() == 0 ? Optional.empty() : Optional.of(address);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Calls a {@code const char *f(void)}. */
  @SuppressWarnings("restricted") // That is its type, by the caller's word.
  static String text(MemorySegment function) {
    try {
      MethodHandle call = LINKER.downcallHandle(function, FunctionDescriptor.of(ADDRESS));
      return string((MemorySegment) call.invokeExact());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @SuppressWarnings("restricted") // C strings that libraries return end with a zero.
  static String string(MemorySegment address) {
    if (address.address() == 0) {
      return "no reason given";
    }
    return address.reinterpret(Long.MAX_VALUE).getString(0);
  }

  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a native call does not throw", thrown);
  }
}
