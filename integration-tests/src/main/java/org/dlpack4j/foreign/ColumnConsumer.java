package org.dlpack4j.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The C consumer of column_consumer.h, which knows DLPack and nothing of Java. */
public final class ColumnConsumer {

  private final MethodHandle data;
  private final MethodHandle sum;
  private final MethodHandle scale;
  private final MethodHandle delete;

  private ColumnConsumer(SymbolLookup symbols) {
    this.data = link(symbols, "column_data", FunctionDescriptor.of(ADDRESS, ADDRESS));
    this.sum = link(symbols, "column_sum", FunctionDescriptor.of(JAVA_DOUBLE, ADDRESS));
    this.scale =
        link(symbols, "column_scale", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_DOUBLE));
    this.delete = link(symbols, "column_delete", FunctionDescriptor.ofVoid(ADDRESS));
  }

  private static MethodHandle link(SymbolLookup symbols, String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), type);
  }

  /** Opens libcolumn-consumer.so; it stays open until the process ends. */
  public static ColumnConsumer load(Path library) {
    return new ColumnConsumer(SymbolLookup.libraryLookup(library, Arena.global()));
  }

  /** The address at which C sees the first element. */
  public long data(MemorySegment column) {
    try {
      return ((MemorySegment) data.invokeExact(column)).address();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The sum as C computes it. */
  public double sum(MemorySegment column) {
    try {
      return (double) sum.invokeExact(column);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Multiplies in place; false if the tensor is read-only. */
  public boolean scale(MemorySegment column, double factor) {
    try {
      return (int) scale.invokeExact(column, factor) == 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Calls the tensor's deleter. */
  public void delete(MemorySegment column) {
    try {
      delete.invokeExact(column);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a native call does not throw", thrown);
  }
}
