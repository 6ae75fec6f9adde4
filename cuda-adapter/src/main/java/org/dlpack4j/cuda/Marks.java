package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Events behind all work of a device that a release has to wait for. */
final class Marks {

  private static final int NOT_READY = 600;
  private static final int CAPTURING = 900;
  private static final int CAPTURED_LAST = 909;

  private Marks() {}

  /** Whether an error may be gone at the next try: work that is not done, or a capture. */
  static boolean passes(int error) {
    return error == NOT_READY || (error >= CAPTURING && error <= CAPTURED_LAST);
  }

  /**
   * Records an event on the legacy default, which comes after all streams that wait for it, and one
   * on each stream that does not. The context is current.
   *
   * @param events where the recorded ones are added
   * @return the driver's error; while a stream is captured it is one that passes
   */
  static int record(int ordinal, Context context, List<Long> events) {
    int error = record(context, Streams.LEGACY, events);
    return error != 0
        ? error
        : Streams.forEachNonBlocking(ordinal, stream -> record(context, stream, events));
  }

  /** Asked first, as recording would spoil the capture, or become part of it. */
  static int captureError(long stream) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(JAVA_INT);
      int error = CudaDriver.cuStreamIsCapturing.call(stream, status.address());
      return error == 0 && status.get(JAVA_INT, 0) != 0 ? CAPTURING : error;
    }
  }

  private static int record(Context context, long stream, List<Long> events) {
    int capture = captureError(stream);
    if (capture != 0) {
      return capture;
    }
    long event = context.events().take();
    int error = CudaDriver.cuEventRecord.call(event, stream);
    if (error == 0) {
      events.add(event);
    } else {
      context.events().give(event);
    }
    return error;
  }

  /**
   * 0 if all of them have happened, or the driver's error, which is "not ready" if not all have.
   */
  static int query(Context context, List<Long> events) {
    try (var _ = context.enter()) {
      for (long event : events) {
        int error = CudaDriver.cuEventQuery.call(event);
        if (error != 0) {
          return error;
        }
      }
      return 0;
    } catch (CudaException e) {
      return e.code();
    }
  }
}
