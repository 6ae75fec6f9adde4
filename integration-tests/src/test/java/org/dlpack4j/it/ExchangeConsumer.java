package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * libexchange-consumer; exchange_consumer.h says what each function does. Tables are passed by
 * address.
 */
@SuppressWarnings("restricted") // The descriptors are those of the header.
public final class ExchangeConsumer {

  private static final int MOST_TEXT = 64 * 1024;

  private static final SymbolLookup SYMBOLS =
      SymbolLookup.libraryLookup(NativeBuild.find("libexchange-consumer.so"), Arena.global());

  private static final MethodHandle REFUSALS =
      link("exchange_refusals", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle CHURN =
      link("exchange_churn", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle OUTLIVE_THREADS =
      link("exchange_outlive_threads", JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle AT_EXIT =
      Linker.nativeLinker()
          .downcallHandle(
              SYMBOLS.findOrThrow("exchange_at_exit"),
              FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
  private static final MethodHandle LIVE = link("exchange_live", JAVA_LONG);

  private ExchangeConsumer() {}

  /** A line for each way to fail. */
  public static String refusals(long table) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(MOST_TEXT);
      int lines = (int) call(REFUSALS, table, text.address(), (long) MOST_TEXT);
      String transcript = text.getString(0);
      if (transcript.lines().count() != lines) {
        throw new IllegalStateException("expected " + lines + " lines but found " + transcript);
      }
      return transcript;
    }
  }

  public static long churn(long table, int threads, int rounds) {
    return (long) call(CHURN, table, threads, rounds);
  }

  public static long outliveThreads(long table, int count) {
    return (long) call(OUTLIVE_THREADS, table, count);
  }

  public static void atExit(long table, boolean allocateAgain) {
    call(AT_EXIT, table, allocateAgain ? 1 : 0);
  }

  /** One of the tables made there, by the middle of its function's name. */
  public static long table(String name) {
    return (long) call(link("exchange_" + name + "_table", JAVA_LONG));
  }

  /** Tensors of those tables that are not deleted yet. */
  public static long live() {
    return (long) call(LIVE);
  }

  private static MethodHandle link(String name, MemoryLayout result, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(SYMBOLS.findOrThrow(name), FunctionDescriptor.of(result, parameters));
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError("a native call does not throw", e);
    }
  }
}
