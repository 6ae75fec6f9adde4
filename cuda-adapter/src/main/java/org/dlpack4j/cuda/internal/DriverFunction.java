package org.dlpack4j.cuda.internal;

import java.lang.invoke.MethodHandle;

/**
 * A function of the driver. A record, as the compiler takes the fields of a constant record for
 * constants, and then calls the function directly.
 *
 * @param name as the driver exports it
 * @param handle takes as many longs as the function has parameters, and gives its error
 */
public record DriverFunction(String name, MethodHandle handle) {

  /**
   * Calls it.
   *
   * @param arguments numbers and addresses, cut to what the function takes
   * @return its error, 0 for none
   * @throws UnsupportedOperationException if there is no driver, or it lacks the function
   */
  public int call(long... arguments) {
    try {
      return switch (arguments.length) {
        case 0 -> (int) handle.invokeExact();
        case 1 -> (int) handle.invokeExact(arguments[0]);
        case 2 -> (int) handle.invokeExact(arguments[0], arguments[1]);
        case 3 -> (int) handle.invokeExact(arguments[0], arguments[1], arguments[2]);
        case 4 -> (int) handle.invokeExact(arguments[0], arguments[1], arguments[2], arguments[3]);
        case 5 ->
            (int)
                handle.invokeExact(
                    arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
        default -> throw new IllegalArgumentException(name + " has no so many parameters");
      };
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call throws nothing checked", e);
    }
  }
}
