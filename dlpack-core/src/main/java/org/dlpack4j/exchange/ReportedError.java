package org.dlpack4j.exchange;

import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.dlpack4j.internal.CStrings;
import org.dlpack4j.internal.ExchangeCalls;
import org.dlpack4j.internal.NativeCalls;
import org.jspecify.annotations.Nullable;

/** What an allocator says to {@code SetError} during one call of ours, on whatever thread. */
final class ReportedError implements AutoCloseable {

  /** {@code void SetError(void *error_ctx, const char *kind, const char *message)}. */
  static final long SET_ERROR =
      NativeCalls.stub(MethodHandles.lookup(), "setError", ExchangeCalls.SET_ERROR);

  // By number and not by address: a library that calls too late then reaches nobody.
  private static final Map<Long, ReportedError> WAITING = new ConcurrentHashMap<>();
  private static final AtomicLong LAST = new AtomicLong();

  private final long context = LAST.incrementAndGet();
  private volatile @Nullable ExchangeException error;

  ReportedError() {
    WAITING.put(context, this);
  }

  /** What to pass as {@code error_ctx}. */
  long context() {
    return context;
  }

  /** What was said last, else that nothing was. */
  ExchangeException exception() {
    ExchangeException said = error;
    return said != null
        ? said
        : new ExchangeException(
            TableFunctions.ALLOCATOR_FIELD, "RuntimeError", "it failed without calling SetError");
  }

  /** Called from C, whose strings are there during the call only. */
  @SuppressWarnings("unused")
  private static void setError(long context, long kind, long message) {
    try {
      ReportedError waiting = WAITING.get(context);
      if (waiting != null) {
        waiting.error =
            new ExchangeException(
                TableFunctions.ALLOCATOR_FIELD, CStrings.read(kind), CStrings.read(message));
      }
    } catch (Throwable e) {
      // No exception may leave an upcall. The allocator's result still says that it failed.
      return;
    }
  }

  @Override
  public void close() {
    WAITING.remove(context);
  }
}
