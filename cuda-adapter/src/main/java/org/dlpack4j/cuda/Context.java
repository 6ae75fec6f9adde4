package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A device's primary context, which all libraries of a process share. Retained when it is first
 * needed, and kept: other libraries would lose their memory with its last reference.
 */
final class Context {

  private static final Map<Integer, Context> CONTEXTS = new ConcurrentHashMap<>();

  private final long handle;
  private final EventPool events = new EventPool();

  private Context(long handle) {
    this.handle = handle;
  }

  /**
   * The primary context of a device.
   *
   * @throws IllegalArgumentException if there is no such device
   * @throws UnsupportedOperationException if there is no CUDA
   */
  static Context of(int ordinal) {
    Context context = CONTEXTS.get(ordinal);
    if (context == null) {
      int checked = Cuda.device(ordinal).ordinal();
      context = CONTEXTS.computeIfAbsent(checked, Context::retain);
    }
    return context;
  }

  private static Context retain(int ordinal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      CudaException.call(CudaDriver.cuDevicePrimaryCtxRetain, out.address(), device(ordinal));
      return new Context(out.get(JAVA_LONG, 0));
    }
  }

  /** The driver's handle of a device. */
  static int device(int ordinal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_INT);
      CudaException.call(CudaDriver.cuDeviceGet, out.address(), ordinal);
      return out.get(JAVA_INT, 0);
    }
  }

  EventPool events() {
    return events;
  }

  /** Makes it current on this thread, until the entry is closed. */
  Entry enter() {
    CudaException.call(CudaDriver.cuCtxPushCurrent_v2, handle);
    return Entry.POPPING;
  }

  /** What was current before is current again. */
  enum Entry implements AutoCloseable {
    POPPING;

    @Override
    public void close() {
      try (Arena arena = Arena.ofConfined()) {
        CudaException.call(CudaDriver.cuCtxPopCurrent_v2, arena.allocate(JAVA_LONG).address());
      }
    }
  }
}
