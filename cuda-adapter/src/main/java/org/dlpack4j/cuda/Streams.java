package org.dlpack4j.cuda;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongToIntFunction;
import org.dlpack4j.device.DeviceStream;

/** Streams as the driver names them, and those that a release has to wait for one by one. */
final class Streams {

  /** The driver's own numbers for the defaults, whatever a program was compiled with. */
  static final long LEGACY = 1;

  private static final long PER_THREAD = 2;

  /** Held while streams are used that another thread may destroy. */
  private static final ReentrantLock LOCK = new ReentrantLock();

  /**
   * By device, each with how often it was named; all others are covered by the legacy default,
   * which comes after them.
   */
  private static final Map<Integer, Map<Long, Integer>> NON_BLOCKING = new HashMap<>();

  private Streams() {}

  /**
   * The driver's handle of a stream.
   *
   * @throws IllegalArgumentException if it is none
   */
  static long handle(DeviceStream stream) {
    return switch (stream.kind()) {
      case LEGACY_DEFAULT -> LEGACY;
      case PER_THREAD_DEFAULT -> PER_THREAD;
      case HANDLE -> stream.handle();
      case NONE, READY ->
          throw new IllegalArgumentException("stream: expected one of CUDA's but found " + stream);
    };
  }

  /** Has the stream wait for the other one; their device's context is current. */
  static void order(Context context, long before, long after) {
    if (before == after) {
      return;
    }
    long event = context.events().take();
    try {
      CudaException.call(CudaDriver.cuEventRecord, event, before);
      CudaException.call(CudaDriver.cuStreamWaitEvent, after, event, 0);
    } finally {
      context.events().give(event);
    }
  }

  /**
   * Has memory of another device, which the stream uses, released after what is queued there now;
   * its context is current. A captured stream does nothing now.
   */
  static void holdReleases(Context context, long stream, int ordinal) {
    if (Marks.captureError(stream) != 0) {
      return;
    }
    long event = context.events().take();
    try {
      CudaException.call(CudaDriver.cuEventRecord, event, stream);
      new CudaEvent(ordinal, event).beforeReleases();
    } finally {
      context.events().give(event);
    }
  }

  static void addNonBlocking(int ordinal, long stream) {
    LOCK.lock();
    try {
      NON_BLOCKING
          .computeIfAbsent(ordinal, device -> new HashMap<>())
          .merge(stream, 1, Integer::sum);
    } finally {
      LOCK.unlock();
    }
  }

  /** Takes all namings back: the streams of a device that was reset are gone. */
  static void forget(int ordinal) {
    LOCK.lock();
    try {
      NON_BLOCKING.remove(ordinal);
    } finally {
      LOCK.unlock();
    }
  }

  /**
   * Takes one naming of a stream back.
   *
   * @param end what becomes of the stream; nobody looks at it meanwhile
   */
  static void removeNonBlocking(int ordinal, long stream, Runnable end) {
    LOCK.lock();
    try {
      NON_BLOCKING
          .getOrDefault(ordinal, new HashMap<>())
          .computeIfPresent(stream, (handle, names) -> names == 1 ? null : names - 1);
      end.run();
    } finally {
      LOCK.unlock();
    }
  }

  /**
   * Does something with every stream that a release has to wait for one by one, none of which ends
   * meanwhile.
   *
   * @param action gives an error, with which it is over, or 0
   * @return that error, or 0
   */
  static int forEachNonBlocking(int ordinal, LongToIntFunction action) {
    LOCK.lock();
    try {
      for (long stream : NON_BLOCKING.getOrDefault(ordinal, Map.of()).keySet()) {
        int error = action.applyAsInt(stream);
        if (error != 0) {
          return error;
        }
      }
      return 0;
    } finally {
      LOCK.unlock();
    }
  }
}
