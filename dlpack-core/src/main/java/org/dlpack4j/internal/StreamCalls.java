package org.dlpack4j.internal;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/** Calls of the functions in an {@code ArrowArrayStream}. */
public final class StreamCalls {

  /** {@code int get_schema(self, out)} and {@code int get_next(self, out)}. */
  public static final MethodType GET = MethodType.methodType(int.class, long.class, long.class);

  /** {@code const char *get_last_error(self)}. */
  public static final MethodType LAST_ERROR = MethodType.methodType(long.class, long.class);

  private static final MethodHandle CALL_GET = NativeCalls.linkByAddress(GET);
  private static final MethodHandle CALL_LAST_ERROR = NativeCalls.linkByAddress(LAST_ERROR);

  private StreamCalls() {}

  /**
   * Calls {@code get_schema} or {@code get_next}.
   *
   * @param function its address
   * @param stream the stream
   * @param out where the result goes
   * @return 0 if it succeeded
   */
  public static int get(long function, long stream, long out) {
    try {
      return (int) CALL_GET.invokeExact(MemorySegment.ofAddress(function), stream, out);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * Calls {@code get_last_error}.
   *
   * @param function its address
   * @param stream the stream
   * @return the address of a C string, or 0
   */
  public static long lastError(long function, long stream) {
    try {
      return (long) CALL_LAST_ERROR.invokeExact(MemorySegment.ofAddress(function), stream);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }
}
