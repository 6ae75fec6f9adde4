package org.dlpack4j.cuda;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.dlpack4j.device.DeviceStream;

/** Streams as the driver names them, and those that a release has to wait for one by one. */
final class Streams {

  /** The driver's own numbers for the defaults, whatever a program was compiled with. */
  static final long LEGACY = 1;

  private static final long PER_THREAD = 2;

  /** By device; all others are covered by the legacy default, which comes after them. */
  private static final ConcurrentHashMap<Integer, Set<Long>> NON_BLOCKING =
      new ConcurrentHashMap<>();

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

  static void addNonBlocking(int ordinal, long stream) {
    NON_BLOCKING.computeIfAbsent(ordinal, device -> ConcurrentHashMap.newKeySet()).add(stream);
  }

  static void removeNonBlocking(int ordinal, long stream) {
    nonBlocking(ordinal).remove(stream);
  }

  static Set<Long> nonBlocking(int ordinal) {
    return NON_BLOCKING.getOrDefault(ordinal, ConcurrentHashMap.newKeySet(0));
  }
}
