package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Events of one context, used again and again. An event may be given back as soon as nobody is
 * going to ask it: a stream that waits for it waits for what was recorded when it was told to.
 */
final class EventPool {

  private static final int CU_EVENT_DISABLE_TIMING = 2;

  private final ConcurrentLinkedQueue<Long> free = new ConcurrentLinkedQueue<>();

  /** An event; the context is current. */
  long take() {
    Long event = free.poll();
    return event != null ? event : create();
  }

  private static long create() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      CudaException.call(CudaDriver.cuEventCreate, out.address(), CU_EVENT_DISABLE_TIMING);
      return out.get(JAVA_LONG, 0);
    }
  }

  /** Gives an event back. */
  void give(long event) {
    free.add(event);
  }
}
