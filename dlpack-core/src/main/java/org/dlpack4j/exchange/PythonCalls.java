package org.dlpack4j.exchange;

import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.dlpack4j.internal.Python;
import org.jspecify.annotations.Nullable;

/** Calls of functions that hold Python's lock, and whose failures are exceptions of Python. */
final class PythonCalls {

  private PythonCalls() {}

  /**
   * Calls a function, and does what follows its success under the same lock.
   *
   * @throws IllegalStateException if there is no Python; nothing was called then
   */
  static <T> T inPython(String field, IntSupplier function, Supplier<T> then) {
    Python python = Python.here();
    if (python == null) {
      throw new IllegalStateException(
          field
              + ": expected a process that runs Python but found none; start the JVM from Python,"
              + " or load libpython with RTLD_GLOBAL and initialize it");
    }
    return python.locked(() -> call(field, python, function, then));
  }

  /** The same for a function that libraries without Python have, too. */
  static <T> T inPythonIfAny(String field, IntSupplier function, Supplier<T> then) {
    Python python = Python.here();
    return python == null
        ? call(field, null, function, then)
        : python.locked(() -> call(field, python, function, then));
  }

  private static <T> T call(
      String field, @Nullable Python python, IntSupplier function, Supplier<T> then) {
    int result = function.getAsInt();
    if (result == 0) {
      return then.get();
    }
    Python.Raised raised = python == null ? null : python.takeRaised();
    if (raised == null) {
      throw new ExchangeException(
          field, "RuntimeError", "it returned " + result + " and raised no Python exception");
    }
    throw new ExchangeException(field, raised.kind(), raised.message());
  }
}
