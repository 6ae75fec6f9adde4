package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Events behind all work that a release has to wait for. For one thread. */
final class Marks {

  private static final int OUT_OF_MEMORY = 2;
  private static final int NOT_READY = 600;
  private static final int CAPTURING = 900;
  private static final int CAPTURED_LAST = 909;

  private final List<Mark> marks = new ArrayList<>();

  private record Mark(Context context, long event) {}

  /**
   * Whether all has happened.
   *
   * @param context whose it is
   * @param error 0 if all has, or the driver's, which is "not ready" if not
   */
  record Answer(Context context, int error) {}

  /**
   * Whether an error may be gone at the next try: work that is not done, a capture, or no memory
   * for another event.
   */
  static boolean passes(int error) {
    return error == NOT_READY
        || error == OUT_OF_MEMORY
        || (error >= CAPTURING && error <= CAPTURED_LAST);
  }

  /**
   * Records an event on each device's legacy default, which comes after all streams that wait for
   * it, and one on each stream that does not.
   *
   * @param waits whether to wait for all work of the devices instead
   * @return an error that passes while a stream is captured
   */
  Answer add(Users users, boolean waits) {
    Context asked = users.home();
    try {
      for (Context context : users.contexts()) {
        asked = context;
        int error = add(context, waits);
        if (error != 0) {
          return new Answer(context, users.endsWith(context, error) ? NOT_READY : error);
        }
      }
      return new Answer(asked, 0);
    } catch (CudaException e) {
      return new Answer(asked, users.endsWith(asked, e.code()) ? NOT_READY : e.code());
    }
  }

  private int add(Context context, boolean waits) {
    try (var _ = context.enter()) {
      if (waits) {
        return CudaDriver.cuCtxSynchronize.call();
      }
      int error = record(context, Streams.LEGACY);
      return error != 0
          ? error
          : Streams.forEachNonBlocking(context.ordinal(), stream -> record(context, stream));
    }
  }

  private int record(Context context, long stream) {
    int capture = captureError(stream);
    if (capture != 0) {
      return capture;
    }
    long event = context.events().take();
    int error = CudaDriver.cuEventRecord.call(event, stream);
    if (error == 0) {
      marks.add(new Mark(context, event));
    } else {
      context.events().give(event);
    }
    return error;
  }

  /** Asked first, as recording would spoil the capture, or become part of it. */
  static int captureError(long stream) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(JAVA_INT);
      int error = CudaDriver.cuStreamIsCapturing.call(stream, status.address());
      return error == 0 && status.get(JAVA_INT, 0) != 0 ? CAPTURING : error;
    }
  }

  /** Asks all of them, until one has not happened. */
  Answer query(Users users) {
    for (Mark mark : marks) {
      int error = query(mark);
      if (error != 0 && !users.endsWith(mark.context(), error)) {
        return new Answer(mark.context(), error);
      }
    }
    return new Answer(users.home(), 0);
  }

  private static int query(Mark mark) {
    try (var _ = mark.context().enter()) {
      return CudaDriver.cuEventQuery.call(mark.event());
    } catch (CudaException e) {
      return e.code();
    }
  }

  /** To be used again; nobody asks them any more. */
  void giveBack() {
    marks.forEach(mark -> mark.context().events().give(mark.event()));
    marks.clear();
  }
}
