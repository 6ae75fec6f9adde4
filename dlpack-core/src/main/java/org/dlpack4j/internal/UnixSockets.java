package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sockets between processes of one machine, which keep packets apart, never block and are not
 * inherited. Every method returns what the call returned, or the error's number negated. Linux.
 */
public final class UnixSockets {

  /** The numbers of one processor's calls. */
  record Numbers(
      int socket,
      int connect,
      int accept4,
      int sendmsg,
      int recvmsg,
      int bind,
      int listen,
      int getsockopt,
      int epollCtl,
      int epollPwait,
      int eventfd2,
      int epollCreate1,
      int read,
      int write,
      int geteuid) {}

  private static final @Nullable Numbers NUMBERS =
      Map.of(
              "amd64", new Numbers(41, 42, 288, 46, 47, 49, 50, 55, 233, 281, 290, 291, 0, 1, 107),
              "aarch64",
                  new Numbers(198, 203, 242, 211, 212, 200, 201, 209, 21, 22, 19, 20, 63, 64, 175))
          .get(System.getProperty("os.arch"));

  /** Whether this platform has them. */
  public static final boolean AVAILABLE = SystemCalls.AVAILABLE && NUMBERS != null;

  /** What a name may have at most; a path ends with a zero besides. */
  public static final int MAX_NAME = 107;

  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int NONBLOCK_CLOEXEC = 0x800 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int PIDFD_OPEN = 434;

  /**
   * Who is at the other end of a connection, as the kernel says.
   *
   * @param pid the process that connected; 0 if this process cannot see it
   * @param uid its user
   */
  public record Peer(int pid, int uid) {}

  private UnixSockets() {}

  /**
   * {@code socket(AF_UNIX, SOCK_SEQPACKET)}.
   *
   * @return the descriptor
   */
  public static long open() {
    return call(numbers().socket, AF_UNIX, SOCK_SEQPACKET | NONBLOCK_CLOEXEC, 0, 0);
  }

  /**
   * {@code bind}.
   *
   * @param fd a socket
   * @param name a path beginning with a slash, or else an abstract name
   * @return 0
   */
  public static long bind(int fd, String name) {
    return withAddress(numbers().bind, fd, name);
  }

  /**
   * {@code connect}.
   *
   * @param fd a socket
   * @param name as for {@link #bind}
   * @return 0
   */
  public static long connect(int fd, String name) {
    return withAddress(numbers().connect, fd, name);
  }

  private static long withAddress(int number, int fd, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > MAX_NAME) {
      throw new IllegalArgumentException(
          "socket name: expected 1 to %d bytes but found %d: %s"
              .formatted(MAX_NAME, bytes.length, name));
    }
    boolean isPath = name.startsWith("/");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(JAVA_SHORT.byteSize() + MAX_NAME + 1, 8);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      long at = JAVA_SHORT.byteSize() + (isPath ? 0 : 1);
      MemorySegment.copy(bytes, 0, address, JAVA_BYTE, at, bytes.length);
      return call(number, fd, address.address(), at + bytes.length + (isPath ? 1 : 0), 0);
    }
  }

  /**
   * {@code listen}.
   *
   * @param fd a socket with a name
   * @param backlog how many connections may wait
   * @return 0
   */
  public static long listen(int fd, int backlog) {
    return call(numbers().listen, fd, backlog, 0, 0);
  }

  /**
   * {@code accept4}.
   *
   * @param fd a socket that listens
   * @return the connection's descriptor
   */
  public static long accept(int fd) {
    return call(numbers().accept4, fd, 0, 0, NONBLOCK_CLOEXEC);
  }

  /**
   * {@code getsockopt(SO_PEERCRED)}.
   *
   * @param fd a connection
   * @return who connected, as the process was then; null if the kernel does not say
   */
  public static @Nullable Peer peer(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment credentials = arena.allocate(JAVA_INT, 3);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) credentials.byteSize());
      MemorySegment state = SystemCalls.newState(arena);
      long result =
          SystemCalls.call(
              state,
              numbers().getsockopt,
              fd,
              SOL_SOCKET,
              SO_PEERCRED,
              credentials.address(),
              length.address(),
              0);
      return result < 0
          ? null
          : new Peer(credentials.getAtIndex(JAVA_INT, 0), credentials.getAtIndex(JAVA_INT, 1));
    }
  }

  /**
   * {@code geteuid}.
   *
   * @return the user of this process, as its peers see it
   */
  public static int user() {
    return (int) call(numbers().geteuid, 0, 0, 0, 0);
  }

  /**
   * {@code pidfd_open}, whose descriptor becomes readable when the process ends.
   *
   * @param pid a process
   * @return the descriptor
   */
  public static long pidfdOpen(int pid) {
    return call(PIDFD_OPEN, pid, 0, 0, 0);
  }

  /**
   * {@code eventfd}, a counter that wakes whoever polls it.
   *
   * @return the descriptor
   */
  public static long eventfd() {
    return call(numbers().eventfd2, 0, NONBLOCK_CLOEXEC, 0, 0);
  }

  /**
   * Adds one to an {@code eventfd}.
   *
   * @param fd the counter
   * @return 8
   */
  public static long signal(int fd) {
    return withNumber(numbers().write, fd);
  }

  /**
   * Sets an {@code eventfd} to zero.
   *
   * @param fd the counter
   * @return 8
   */
  public static long reset(int fd) {
    return withNumber(numbers().read, fd);
  }

  private static long withNumber(int number, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(JAVA_LONG, 1L);
      return call(number, fd, one.address(), Long.BYTES, 0);
    }
  }

  static Numbers numbers() {
    if (!AVAILABLE || NUMBERS == null) {
      throw new UnsupportedOperationException("sockets: expected Linux on x86-64 or aarch64");
    }
    return NUMBERS;
  }

  private static long call(int number, long a, long b, long c, long d) {
    try (Arena arena = Arena.ofConfined()) {
      return SystemCalls.call(SystemCalls.newState(arena), number, a, b, c, d, 0, 0);
    }
  }
}
