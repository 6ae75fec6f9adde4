package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Waiting for many descriptors at once: Linux's epoll, level-triggered. Methods that make a call
 * return what it returned, or the error's number negated. For one thread, but for closing
 * descriptors that it was given.
 */
public final class EventPoll implements AutoCloseable {

  /** Something can be read, or accepted. */
  public static final int IN = 1;

  /** Something can be written. */
  public static final int OUT = 4;

  /** The other end is gone; told without being asked for. */
  public static final int HANGUP = 0x10;

  /** The descriptor is broken; told without being asked for. */
  public static final int ERROR = 8;

  private static final int CLOEXEC = 0x80000;
  private static final int ADD = 1;
  private static final int REMOVE = 2;
  private static final int MODIFY = 3;

  private static final int MOST = 256;

  /** The struct is packed on x86-64 only. */
  private static final long TOKEN = System.getProperty("os.arch").equals("amd64") ? 4 : 8;

  private static final long STRIDE = TOKEN + Long.BYTES;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = SystemCalls.newState(arena);
  private final MemorySegment event = arena.allocate(STRIDE, Long.BYTES);
  private final MemorySegment events = arena.allocate(STRIDE * MOST, Long.BYTES);
  private final UnixSockets.Numbers numbers = UnixSockets.numbers();
  private final int fd;

  /**
   * Waits for nothing yet.
   *
   * @throws OutOfMemoryError if the system has no descriptor left
   */
  public EventPoll() {
    long made = SystemCalls.call(state, numbers.epollCreate1(), CLOEXEC, 0, 0, 0, 0, 0);
    if (made < 0) {
      arena.close();
      throw new OutOfMemoryError(
          "epoll_create1: expected a descriptor but found error %d".formatted(-made));
    }
    fd = (int) made;
  }

  /**
   * Waits for a descriptor, too, until it is closed everywhere or removed.
   *
   * @param which the descriptor
   * @param wanted {@link #IN}, {@link #OUT}, both, or 0
   * @param token what {@link #token} returns for it
   * @return 0
   */
  public long add(int which, int wanted, long token) {
    return control(ADD, which, wanted, token);
  }

  /**
   * Waits for something else of a descriptor.
   *
   * @param which the descriptor
   * @param wanted as for {@link #add}
   * @param token likewise
   * @return 0
   */
  public long modify(int which, int wanted, long token) {
    return control(MODIFY, which, wanted, token);
  }

  /**
   * Forgets a descriptor.
   *
   * @param which the descriptor
   * @return 0
   */
  public long remove(int which) {
    return control(REMOVE, which, 0, 0);
  }

  private long control(int operation, int which, int wanted, long token) {
    event.set(JAVA_INT_UNALIGNED, 0, wanted);
    event.set(JAVA_LONG_UNALIGNED, TOKEN, token);
    return SystemCalls.call(state, numbers.epollCtl(), fd, operation, which, event.address(), 0, 0);
  }

  /**
   * Waits until something is ready.
   *
   * @param millis at most so long; -1 for ever
   * @return how many are
   */
  public long await(int millis) {
    return SystemCalls.call(state, numbers.epollPwait(), fd, events.address(), MOST, millis, 0, 0);
  }

  /**
   * Which one is ready.
   *
   * @param index less than {@link #await} returned
   * @return its token
   */
  public long token(long index) {
    return events.get(JAVA_LONG_UNALIGNED, index * STRIDE + TOKEN);
  }

  /**
   * What it is ready for.
   *
   * @param index less than {@link #await} returned
   * @return bits
   */
  public int ready(long index) {
    return events.get(JAVA_INT_UNALIGNED, index * STRIDE);
  }

  /** Ends the waiting; the descriptors are as they were. */
  @Override
  public void close() {
    SystemCalls.close(fd);
    arena.close();
  }
}
