package org.dlpack4j.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.ExchangeCalls;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.NativeCalls;

/**
 * Another library's exchange API, each field to be set to anything. At first of version 1.3, with
 * our own allocator, no function of Python's that works, and a stream that is its device's numbers.
 */
final class ForeignTable {

  /** {@code prev_api}. */
  private static final long PREVIOUS = 8;

  static final long FAILS = stub("fails");
  static final long FAILS_SILENTLY = stub("failsSilently");
  static final long GIVES_NULL = stub("givesNull");
  static final long GIVES_ANOTHER_SHAPE = stub("givesAnotherShape");
  static final long GIVES_NONSENSE = stub("givesNonsense");
  static final long SAYS_NOTHING_READABLE = stub("saysNothingReadable");
  static final long COMPLAINS_AND_SUCCEEDS = stub("complainsAndSucceeds");

  private static final long CONVERT =
      NativeCalls.stub(MethodHandles.lookup(), "convert", ExchangeCalls.CONVERSION);
  private static final long STREAM =
      NativeCalls.stub(MethodHandles.lookup(), "stream", ExchangeCalls.WORK_STREAM);
  private static final long DELETER = NativeCalls.stub(MethodHandles.lookup(), "delete");

  private static final AtomicInteger DELETIONS = new AtomicInteger();
  private static final AtomicInteger CONVERSIONS = new AtomicInteger();

  private final MemorySegment memory = Arena.global().allocate(DlpackAbi.DL_PACK_EXCHANGE_API);

  ForeignTable() {
    version(1, 3).allocator(allocatorOf(ExchangeTable.address()));
    function(TableFunctions.FROM_PY_OBJECT, CONVERT);
    function(TableFunctions.TO_PY_OBJECT, CONVERT);
    function(TableFunctions.DLTENSOR_FROM_PY_OBJECT, CONVERT);
    function(TableFunctions.CURRENT_WORK_STREAM, STREAM);
  }

  /** Where a table has its allocator. */
  static long allocatorOf(long table) {
    return ALL.get(JAVA_LONG, table + TableFunctions.ALLOCATOR);
  }

  /** How many tensors of {@link #GIVES_NONSENSE} and its like were deleted so far. */
  static int deletions() {
    return DELETIONS.get();
  }

  /** How often a function that wants Python was called so far. */
  static int conversions() {
    return CONVERSIONS.get();
  }

  long address() {
    return memory.address();
  }

  ForeignTable version(int major, int minor) {
    memory.set(JAVA_INT, 0, major);
    memory.set(JAVA_INT, Integer.BYTES, minor);
    return this;
  }

  ForeignTable before(long previous) {
    memory.set(JAVA_LONG, PREVIOUS, previous);
    return this;
  }

  ForeignTable allocator(long function) {
    return function(TableFunctions.ALLOCATOR, function);
  }

  ForeignTable function(long offset, long function) {
    memory.set(JAVA_LONG, offset, function);
    return this;
  }

  private static long stub(String method) {
    return NativeCalls.stub(MethodHandles.lookup(), method, ExchangeCalls.ALLOCATOR);
  }

  static int fails(long prototype, long out, long context, long setError) {
    return complain(context, setError, "BufferError", "no such device here");
  }

  static int failsSilently(long prototype, long out, long context, long setError) {
    return -1;
  }

  static int givesNull(long prototype, long out, long context, long setError) {
    return 0;
  }

  static int saysNothingReadable(long prototype, long out, long context, long setError) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(8);
      text.set(JAVA_INT, 0, 0xFF41);
      ExchangeCalls.report(setError, context, 0, text.address());
    }
    return -1;
  }

  static int complainsAndSucceeds(long prototype, long out, long context, long setError) {
    complain(context, setError, "Warning", "not an error");
    return allocate(prototype, out);
  }

  static int givesAnotherShape(long prototype, long out, long context, long setError) {
    int result = allocate(prototype, out);
    long managed = countDeletion(out);
    long shape = ALL.get(JAVA_LONG, managed + Flavour.VERSIONED.tensor() + DlpackAbi.SHAPE);
    ALL.set(JAVA_LONG, shape, 1);
    return result;
  }

  static int givesNonsense(long prototype, long out, long context, long setError) {
    int result = allocate(prototype, out);
    ALL.set(JAVA_INT, countDeletion(out) + Flavour.VERSIONED.tensor() + DlpackAbi.NDIM, -1);
    return result;
  }

  private static int allocate(long prototype, long out) {
    return ExchangeCalls.allocate(allocatorOf(ExchangeTable.address()), prototype, out, 0, 0);
  }

  private static long countDeletion(long out) {
    long managed = ALL.get(JAVA_LONG, out);
    ALL.set(JAVA_LONG, managed + Flavour.VERSIONED.deleter(), DELETER);
    return managed;
  }

  private static int complain(long context, long setError, String kind, String message) {
    try (Arena arena = Arena.ofConfined()) {
      ExchangeCalls.report(
          setError,
          context,
          arena.allocateFrom(kind).address(),
          arena.allocateFrom(message).address());
    }
    return -1;
  }

  static int convert(long from, long out) {
    CONVERSIONS.incrementAndGet();
    return -1;
  }

  static int stream(int deviceType, int deviceId, long out) {
    if (deviceType == 13) {
      return -1;
    }
    ALL.set(JAVA_LONG, out, 100L * deviceType + deviceId);
    return 0;
  }

  static void delete(long managed) {
    DELETIONS.incrementAndGet();
    Memory.free(managed);
  }
}
