package org.dlpack4j.exchange;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.internal.NativeCalls;
import org.dlpack4j.spi.NativeFunctions;

/**
 * Our exchange API: a {@code DLPackExchangeAPI} of version 1.3 that other libraries call to get
 * tensors in main memory, from any thread, until the process ends. Where {@link
 * Exports#deleterKind()} is native its functions are C and never enter the JVM; else they are
 * upcalls, but for the deleter of what they allocate, which is C's {@code free}.
 *
 * <ul>
 *   <li>{@code managed_tensor_allocator} uses {@code device}, {@code ndim}, {@code dtype} and
 *       {@code shape} of its prototype, and nothing else. It makes tensors on the CPU of up to 128
 *       dimensions and of any type that has bits and lanes: row-major, strides written, data
 *       aligned to 256 bytes and as malloc left it, no flags. If it fails it returns -1, has called
 *       {@code SetError} once (unless that is NULL) with {@code ValueError}, {@code BufferError}
 *       for another device or {@code MemoryError}, and has not written to {@code out}.
 *   <li>{@code managed_tensor_from_py_object_no_sync}, {@code dltensor_from_py_object_no_sync} and
 *       {@code managed_tensor_to_py_object_no_sync} return -1 and write nothing: no Python object
 *       is of this library. Where the process runs Python they raise {@code BufferError}, upon
 *       which consumers fall back to {@code __dlpack__}. None of them is NULL, for consumers who do
 *       not look. The tensor given to the last stays with its caller, and is not deleted: dlpack.h
 *       calls it stolen, yet consumers such as tvm-ffi delete it after a failure, and a tensor that
 *       leaks is better than one freed twice.
 *   <li>{@code current_work_stream} gives NULL for the CPU, and returns -1 for other devices.
 * </ul>
 */
public final class ExchangeTable {

  private ExchangeTable() {}

  /**
   * The table, for a capsule named {@code dlpack_exchange_api} or for a C library.
   *
   * @return the address of a {@code DLPackExchangeAPI}, the same every time
   */
  public static long address() {
    return Table.ADDRESS;
  }

  /**
   * Counts the allocator's tensors.
   *
   * @return empty without native-shim, as C's {@code free} then deletes them and does not count
   */
  public static Optional<ExchangeStatistics> statistics() {
    if (!Table.NATIVE) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counts = arena.allocate(JAVA_LONG, 2);
      NativeCalls.call(NativeFunctions.provided().exchangeLive(), counts.address());
      return Optional.of(
          new ExchangeStatistics(counts.getAtIndex(JAVA_LONG, 0), counts.getAtIndex(JAVA_LONG, 1)));
    }
  }

  private static final class Table {
    // The choice of deleters is that of C or upcalls, for all that others call.
    static final boolean NATIVE = Exports.deleterKind() == DeleterKind.NATIVE;
    static final long ADDRESS =
        NATIVE ? NativeFunctions.provided().exchangeTable() : UpcallTable.make();
  }
}
