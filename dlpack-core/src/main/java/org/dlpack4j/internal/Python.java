package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The CPython that this process runs, if it does: the JVM was started from it, or it was embedded.
 * Found by the names of its functions, among those that every library of the process sees.
 */
public final class Python {

  /** Not constant: a Python may come to a process at any time. */
  private static volatile @Nullable Python known;

  private final MethodHandle isInitialized = link("Py_IsInitialized", int.class);
  private final MethodHandle ensureLock = link("PyGILState_Ensure", int.class);
  private final MethodHandle releaseLock = link("PyGILState_Release", void.class, int.class);
  private final MethodHandle isLocked = link("PyGILState_Check", int.class);
  private final MethodHandle raise = link("PyErr_SetString", void.class, long.class, long.class);
  private final long bufferError = require("PyExc_BufferError");
  private final MethodHandle fetch =
      link("PyErr_Fetch", void.class, long.class, long.class, long.class);
  private final MethodHandle normalize =
      link("PyErr_NormalizeException", void.class, long.class, long.class, long.class);
  private final MethodHandle clear = link("PyErr_Clear", void.class);
  private final MethodHandle className = link("PyExceptionClass_Name", long.class, long.class);
  private final MethodHandle toText = link("PyObject_Str", long.class, long.class);
  private final MethodHandle utf8 = link("PyUnicode_AsUTF8", long.class, long.class);
  private final MethodHandle release = link("Py_DecRef", void.class, long.class);

  private Python() {}

  /**
   * An exception of Python.
   *
   * @param kind the name of its class
   * @param message what {@code str} says of it
   */
  public record Raised(String kind, String message) {}

  /**
   * The Python of this process.
   *
   * @return null if there is none, or if it is not initialized, or not any more
   */
  public static @Nullable Python here() {
    Python python = known;
    if (python == null) {
      if (find("Py_IsInitialized") == 0) {
        return null;
      }
      python = new Python();
      known = python;
    }
    return python.isInitialized() ? python : null;
  }

  private boolean isInitialized() {
    try {
      return (int) isInitialized.invokeExact() != 0;
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * Does something while this thread holds Python's lock. It may hold it already.
   *
   * @param action what to do
   * @param <T> what comes of it
   * @return the action's result
   * @throws IllegalStateException if this is a virtual thread
   */
  public <T> T locked(Supplier<T> action) {
    if (Thread.currentThread().isVirtual()) {
      // It could move to another thread of the system in between, and Python would end the process.
      throw new IllegalStateException(
          "thread: expected one of the system's, as Python's lock belongs to such a thread, but"
              + " found the virtual "
              + Thread.currentThread()
              + "; call from a platform thread");
    }
    int before = lock();
    try {
      return action.get();
    } finally {
      unlock(before);
    }
  }

  private int lock() {
    try {
      return (int) ensureLock.invokeExact();
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  private void unlock(int before) {
    try {
      releaseLock.invokeExact(before);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * Takes the exception that was raised on this thread, which holds the lock. None is left behind.
   *
   * @return null if none was
   */
  public @Nullable Raised takeRaised() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment parts = arena.allocate(JAVA_LONG, 3);
      long type = parts.address();
      long value = type + Long.BYTES;
      long traceback = value + Long.BYTES;
      fetch.invokeExact(type, value, traceback);
      if (parts.getAtIndex(JAVA_LONG, 0) == 0) {
        return null;
      }
      normalize.invokeExact(type, value, traceback);
      Raised raised =
          new Raised(
              CStrings.read((long) className.invokeExact(parts.getAtIndex(JAVA_LONG, 0))),
              text(parts.getAtIndex(JAVA_LONG, 1)));
      for (int part = 0; part < 3; part++) {
        release.invokeExact(parts.getAtIndex(JAVA_LONG, part)); // ignores NULL
      }
      return raised;
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * Raises a {@code BufferError} on this thread, if it holds the lock: a caller in C that does not
   * hold it does not look for one.
   *
   * @param message what it says
   */
  public void raiseBufferError(String message) {
    try (Arena arena = Arena.ofConfined()) {
      if ((int) isLocked.invokeExact() != 0) {
        long type = Memory.ALL.get(JAVA_LONG, bufferError);
        raise.invokeExact(type, arena.allocateFrom(message).address());
      }
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /** What {@code str} says of an object; it may raise an exception of its own. */
  private String text(long object) throws Throwable {
    long string = (long) toText.invokeExact(object);
    long bytes = string == 0 ? 0 : (long) utf8.invokeExact(string);
    String text = bytes == 0 ? "(its message cannot be read)" : CStrings.read(bytes);
    clear.invokeExact();
    release.invokeExact(string);
    return text;
  }

  private static MethodHandle link(String name, Class<?> result, Class<?>... parameters) {
    return NativeCalls.linkByAddress(MethodType.methodType(result, parameters))
        .bindTo(MemorySegment.ofAddress(require(name)));
  }

  private static long require(String name) {
    long address = find(name);
    if (address == 0) {
      throw new UnsatisfiedLinkError(
          "Python: expected " + name + " of CPython 3.8 or later but found none");
    }
    return address;
  }

  /** Where something is that every library of this process sees, or 0. */
  private static long find(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return (long) Lookup.DLSYM.invokeExact(Lookup.DEFAULT, arena.allocateFrom(name).address());
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  private static final class Lookup {
    /** {@code RTLD_DEFAULT}, on Linux and on macOS. */
    static final long DEFAULT = NativeCalls.LINUX ? 0 : -2;

    static final MethodHandle DLSYM =
        NativeCalls.libc("dlsym", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
  }
}
