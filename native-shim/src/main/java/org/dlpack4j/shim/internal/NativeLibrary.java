package org.dlpack4j.shim.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A loaded library, never unloaded. Opened by dlopen itself rather than by a symbol lookup, which
 * does not say why it failed.
 */
public final class NativeLibrary {

  private static final int RTLD_NOW = 2;
  private static final MethodHandle DLOPEN =
      Libc.link("dlopen", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
  private static final MethodHandle DLSYM =
      Libc.link("dlsym", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
  private static final MethodHandle DLERROR = Libc.link("dlerror", FunctionDescriptor.of(ADDRESS));

  private final MemorySegment handle;
  private final String origin;

  private NativeLibrary(MemorySegment handle, String origin) {
    this.handle = handle;
    this.origin = origin;
  }

  /**
   * Checks that this module may call into C.
   *
   * @throws UnsatisfiedLinkError if the JVM denies it, with the flag to start it with
   */
  public static void requireAccess() {
    // Linking the functions above, when this class was initialized, was the check.
  }

  /**
   * Opens a library.
   *
   * @param file the library
   * @param origin where it came from, for people
   * @return the library
   * @throws UnsatisfiedLinkError with the loader's reason
   */
  public static NativeLibrary open(Path file, String origin) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle =
          (MemorySegment) DLOPEN.invokeExact(arena.allocateFrom(file.toString()), RTLD_NOW);
      if (handle.address() == 0) {
        throw new UnsatisfiedLinkError(string((MemorySegment) DLERROR.invokeExact()));
      }
      return new NativeLibrary(handle, origin);
    } catch (UnsatisfiedLinkError e) {
      throw e;
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  /**
   * Where it came from.
   *
   * @return as given to {@link #open}
   */
  public String origin() {
    return origin;
  }

  /**
   * The address of a function or a table.
   *
   * @param symbol its name
   * @return its address
   * @throws UnsatisfiedLinkError if the library has none
   */
  public long find(String symbol) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = (MemorySegment) DLSYM.invokeExact(handle, arena.allocateFrom(symbol));
      if (address.address() == 0) {
        throw new UnsatisfiedLinkError(
            "native-shim: expected the function %s in %s but found none; is it another library?"
                .formatted(symbol, origin));
      }
      return address.address();
    } catch (UnsatisfiedLinkError e) {
      throw e;
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  /**
   * Calls a function that returns an array of {@code {const char *name; uint64_t value}}, ended by
   * a NULL name.
   *
   * @param symbol the function's name
   * @return name to value
   */
  @SuppressWarnings("restricted") // The descriptor is that of dlpack4j_abi_probe in shim.h.
  public Map<String, Long> facts(String symbol) {
    MethodHandle probe =
        Linker.nativeLinker()
            .downcallHandle(MemorySegment.ofAddress(find(symbol)), FunctionDescriptor.of(ADDRESS));
    try {
      return read((MemorySegment) probe.invokeExact());
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  @SuppressWarnings("restricted") // The array is static in the library and ends with a NULL name.
  private static Map<String, Long> read(MemorySegment array) {
    MemorySegment facts = array.reinterpret(Long.MAX_VALUE);
    Map<String, Long> values = new LinkedHashMap<>();
    for (long at = 0; facts.get(ADDRESS, at).address() != 0; at += 2 * Long.BYTES) {
      values.put(string(facts.get(ADDRESS, at)), facts.get(JAVA_LONG, at + Long.BYTES));
    }
    return values;
  }

  @SuppressWarnings("restricted") // The loader's and the library's own C strings end with a zero.
  private static String string(MemorySegment address) {
    return address.reinterpret(Long.MAX_VALUE).getString(0);
  }
}
