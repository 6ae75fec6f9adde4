package org.dlpack4j.bench;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** The functions of bench.h. Pointers travel as longs. */
final class Baselines {

  /** The compiled library; bin/bench sets it. */
  static final String LIBRARY_PROPERTY = "org.dlpack4j.bench.library";

  private static final SymbolLookup LIBRARY = open();

  static final MethodHandle CONSUME = link("bench_consume", 1);
  static final MethodHandle CONSUME_ALL = link("bench_consume_all", 2);
  static final MethodHandle MALLOC_PRODUCER = link("bench_malloc_producer", 3);
  static final MethodHandle REFCOUNTED_PRODUCER = link("bench_refcounted_producer", 3);
  static final MethodHandle FOREIGN_PRODUCER = link("bench_foreign_producer", 3);
  static final MethodHandle PRODUCE_MATRIX = link("bench_produce_matrix", 3);
  static final MethodHandle PRODUCE_COLUMNS =
      link("bench_produce_columns", FunctionDescriptor.ofVoid(words(4)));
  static final MethodHandle MATRIX_CONSUMER = link("bench_matrix_consumer", 4);
  static final MethodHandle FOREIGN_CONSUMER = link("bench_foreign_consumer", 5);
  static final MethodHandle MARK_SLABS = link("bench_mark_slabs", 2);
  static final MethodHandle MALLOC_TABLE = link("bench_malloc_table", 0);
  static final MethodHandle EXCHANGE = link("bench_exchange", 3);
  static final MethodHandle MEMCPY = link("bench_memcpy", 3);
  static final MethodHandle MALLOC_FREE = link("bench_malloc_free", 2);

  static final MethodHandle ECHO_LISTEN = link("bench_echo_listen", 2);
  static final MethodHandle ECHO_SERVE = link("bench_echo_serve", 1);

  static final MemorySegment RELEASE_NOTHING = LIBRARY.findOrThrow("bench_release_nothing");

  private Baselines() {}

  /** For use where time does not matter. */
  static void consume(long managed) {
    try {
      requireSeen((long) CONSUME.invokeExact(managed), 1);
    } catch (Throwable e) {
      throw new AssertionError("a native call does not throw", e);
    }
  }

  /** Whether the consumer saw what was exported, so that no side wins by doing less. */
  static void requireSeen(long seen, int tensors) {
    if (seen != tensors * (Vector.SIZE + 2L)) { // the dimension, its size, and that there is data
      throw new IllegalStateException(
          "consumer: expected " + tensors + " vectors of " + Vector.SIZE + " but saw " + seen);
    }
  }

  @SuppressWarnings("restricted") // A library of our own, open until the process ends.
  private static SymbolLookup open() {
    String library =
        Objects.requireNonNull(
            System.getProperty(LIBRARY_PROPERTY),
            "-D" + LIBRARY_PROPERTY + ": expected the compiled src/main/c; start with bin/bench");
    return SymbolLookup.libraryLookup(Path.of(library).toAbsolutePath(), Arena.global());
  }

  private static MethodHandle link(String function, int words) {
    return link(function, FunctionDescriptor.of(JAVA_LONG, words(words)));
  }

  @SuppressWarnings("restricted") // Every function takes and returns words of 64 bits, or nothing.
  private static MethodHandle link(String function, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(LIBRARY.findOrThrow(function), descriptor);
  }

  private static MemoryLayout[] words(int words) {
    var parameters = new MemoryLayout[words];
    Arrays.fill(parameters, JAVA_LONG);
    return parameters;
  }
}
