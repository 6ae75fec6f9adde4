package org.dlpack4j.py4j;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.internal.SystemCalls;
import org.dlpack4j.internal.UnixSockets;

/** What other threads want done on the poll thread, and the descriptor that wakes it for that. */
final class Tasks implements AutoCloseable {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.py4j");

  private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Object wakeLock = new Object();
  private final int fd = Listener.descriptor("eventfd", UnixSockets.eventfd());
  private volatile boolean closed;

  /** Becomes readable when there is something to do. */
  int fd() {
    return fd;
  }

  /** Has something done: by the poll thread or, once that has ended, by this one. */
  void add(Runnable task) {
    queue.add(task);
    wake();
    if (closed) {
      run();
    }
  }

  /** Has the poll thread look around. */
  void wake() {
    if (woken.compareAndSet(false, true)) {
      // Not while it is closed: its number may be another descriptor's by then.
      synchronized (wakeLock) {
        if (!closed) {
          UnixSockets.signal(fd);
        }
      }
    }
  }

  /** Called when the descriptor is readable. */
  void sleep() {
    UnixSockets.reset(fd);
    woken.set(false); // before the tasks are looked at, so that none is missed
  }

  /** Does what there is to do. */
  synchronized void run() {
    for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        LOGGER.log(Level.WARNING, "service: expected a task to end but it threw", e);
      }
    }
  }

  /** From now on whoever adds a task does it. */
  @Override
  public void close() {
    synchronized (wakeLock) {
      closed = true;
      SystemCalls.close(fd);
    }
    run();
  }
}
