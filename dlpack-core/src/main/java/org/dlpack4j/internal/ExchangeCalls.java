package org.dlpack4j.internal;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/** Calls of the functions in a {@code DLPackExchangeAPI}, and of what they call back. */
public final class ExchangeCalls {

  /** {@code int allocator(prototype, out, error_ctx, SetError)}. */
  public static final MethodType ALLOCATOR =
      MethodType.methodType(int.class, long.class, long.class, long.class, long.class);

  /** {@code int (*)(void *, void *)}: from Python's objects, and to them. */
  public static final MethodType CONVERSION =
      MethodType.methodType(int.class, long.class, long.class);

  /** {@code int current_work_stream(device_type, device_id, out)}. */
  public static final MethodType WORK_STREAM =
      MethodType.methodType(int.class, int.class, int.class, long.class);

  /** {@code void SetError(error_ctx, kind, message)}. */
  public static final MethodType SET_ERROR =
      MethodType.methodType(void.class, long.class, long.class, long.class);

  private static final MethodHandle ALLOCATE = NativeCalls.linkByAddress(ALLOCATOR);
  private static final MethodHandle CONVERT = NativeCalls.linkByAddress(CONVERSION);
  private static final MethodHandle STREAM = NativeCalls.linkByAddress(WORK_STREAM);
  private static final MethodHandle REPORT = NativeCalls.linkByAddress(SET_ERROR);

  private ExchangeCalls() {}

  /**
   * Calls an allocator.
   *
   * @param function its address
   * @param prototype of the tensor
   * @param out where the tensor's address goes
   * @param errorContext for {@code SetError}
   * @param setError its address
   * @return 0 if it succeeded
   */
  public static int allocate(
      long function, long prototype, long out, long errorContext, long setError) {
    try {
      return (int)
          ALLOCATE.invokeExact(
              MemorySegment.ofAddress(function), prototype, out, errorContext, setError);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * Calls a function that converts a tensor or an object to the other.
   *
   * @param function its address
   * @param from what to convert
   * @param out where the result goes
   * @return 0 if it succeeded
   */
  public static int convert(long function, long from, long out) {
    try {
      return (int) CONVERT.invokeExact(MemorySegment.ofAddress(function), from, out);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * Asks for a device's stream.
   *
   * @param function the address of {@code current_work_stream}
   * @param deviceType of the device
   * @param deviceId of the device
   * @param out where the stream goes
   * @return 0 if it succeeded
   */
  public static int workStream(long function, int deviceType, int deviceId, long out) {
    try {
      return (int) STREAM.invokeExact(MemorySegment.ofAddress(function), deviceType, deviceId, out);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }

  /**
   * Calls {@code SetError}.
   *
   * @param function its address
   * @param errorContext as the caller of the allocator gave it
   * @param kind a C string
   * @param message a C string
   */
  public static void report(long function, long errorContext, long kind, long message) {
    try {
      REPORT.invokeExact(MemorySegment.ofAddress(function), errorContext, kind, message);
    } catch (Throwable e) {
      throw NativeCalls.unexpected(e);
    }
  }
}
