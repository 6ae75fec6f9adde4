package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A stream of our own on each device, for what comes after all work there: after the legacy
 * default, and after each stream that does not wait for it and is known.
 */
final class Gathering {

  private static final int CU_STREAM_NON_BLOCKING = 1;

  private static final Map<Context, Long> STREAMS = new ConcurrentHashMap<>();

  private Gathering() {}

  /**
   * The stream, which waits for what is queued now. Its device's context is current.
   *
   * @throws CudaException also while a stream is captured, which this would spoil
   */
  static long stream(int ordinal) {
    Context context = Context.of(ordinal);
    long stream = STREAMS.computeIfAbsent(context, device -> create());
    order(context, Streams.LEGACY, stream);
    Streams.forEachNonBlocking(
        ordinal,
        other -> {
          order(context, other, stream);
          return 0;
        });
    return stream;
  }

  private static long create() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      CudaException.call(CudaDriver.cuStreamCreate, out.address(), CU_STREAM_NON_BLOCKING);
      return out.get(JAVA_LONG, 0);
    }
  }

  private static void order(Context context, long before, long after) {
    int capture = Marks.captureError(before);
    if (capture != 0) {
      throw new CudaException("cuEventRecord", capture);
    }
    Streams.order(context, before, after);
  }
}
