package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * A device's primary context, which all libraries of a process share. Retained when it is first
 * needed, and kept: other libraries would lose their memory with its last reference.
 */
final class Context {

  private static final Map<Integer, Context> CONTEXTS = new ConcurrentHashMap<>();

  private static final int INVALID_CONTEXT = 201;
  private static final int CONTEXT_IS_DESTROYED = 709;

  private final int ordinal;
  private final long handle;
  private final EventPool events = new EventPool();

  /** Made when it is first needed, and kept; guarded by this. */
  private long waiting;

  private Context(int ordinal, long handle) {
    this.ordinal = ordinal;
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

  /** Those of all devices that have one now, whoever made it: no other device has work. */
  static List<Context> live() {
    return IntStream.range(0, Cuda.devices().size())
        .filter(ordinal -> CONTEXTS.containsKey(ordinal) || isActive(ordinal))
        .mapToObj(Context::of)
        .toList();
  }

  private static boolean isActive(int ordinal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flags = arena.allocate(JAVA_INT);
      MemorySegment active = arena.allocate(JAVA_INT);
      CudaException.call(
          CudaDriver.cuDevicePrimaryCtxGetState,
          device(ordinal),
          flags.address(),
          active.address());
      return active.get(JAVA_INT, 0) != 0;
    }
  }

  /** Whether an error says that somebody has reset the device, with all that was in its memory. */
  static boolean isGone(int error) {
    return error == INVALID_CONTEXT || error == CONTEXT_IS_DESTROYED;
  }

  private static Context retain(int ordinal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      CudaException.call(CudaDriver.cuDevicePrimaryCtxRetain, out.address(), device(ordinal));
      return new Context(ordinal, out.get(JAVA_LONG, 0));
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

  /**
   * A stream in which nothing is done but waiting for events of other devices and libraries. What
   * is released later comes after it, as after every other stream.
   */
  synchronized long waiting() {
    if (waiting == 0) {
      waiting = CudaStream.create(ordinal).stream().handle();
    }
    return waiting;
  }

  int ordinal() {
    return ordinal;
  }

  /**
   * Makes it current on this thread, until the entry is closed.
   *
   * @throws CudaException if the device was reset; the next one gets a new context
   */
  Entry enter() {
    int error = CudaDriver.cuCtxPushCurrent_v2.call(handle);
    if (error == 0) {
      return Entry.POPPING;
    }
    if (isGone(error) && CONTEXTS.remove(ordinal, this)) {
      Streams.forget(ordinal);
    }
    throw new CudaException(CudaDriver.cuCtxPushCurrent_v2.name(), error);
  }

  /** What was current before is current again. */
  enum Entry implements AutoCloseable {
    POPPING;

    /** Written by all threads and read by none. */
    private static final long POPPED = Arena.global().allocate(JAVA_LONG).address();

    @Override
    public void close() {
      CudaException.call(CudaDriver.cuCtxPopCurrent_v2, POPPED);
    }
  }
}
