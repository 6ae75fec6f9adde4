package org.dlpack4j.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Sends and receives packets, with a descriptor if wanted; the memory that this takes is used again
 * for each. For one thread.
 */
public final class Packets implements AutoCloseable {

  /** There is nothing to receive, or no room to send. */
  public static final int EAGAIN = 11;

  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  // struct msghdr and struct cmsghdr, on both platforms.
  private static final long IOV = 16;
  private static final long IOV_COUNT = 24;
  private static final long CONTROL = 32;
  private static final long CONTROL_BYTES = 40;
  private static final long FLAGS = 48;
  private static final long HEADER_BYTES = 56;
  private static final long DESCRIPTORS = 16;
  private static final long ONE_DESCRIPTOR = DESCRIPTORS + Integer.BYTES;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = SystemCalls.newState(arena);
  private final MemorySegment header = arena.allocate(HEADER_BYTES, Long.BYTES);
  private final MemorySegment vector = arena.allocate(2 * Long.BYTES, Long.BYTES);
  private final MemorySegment control = arena.allocate(DESCRIPTORS + Long.BYTES, Long.BYTES);
  private final MemorySegment bytes;
  private final ByteBuffer buffer;
  private final UnixSockets.Numbers numbers = UnixSockets.numbers();
  private final boolean acceptsDescriptors;
  private int descriptor = -1;

  /**
   * Room for one packet.
   *
   * @param capacity bytes of the largest; longer ones count as truncated
   * @param acceptsDescriptors whether one descriptor may come with a packet; those that may not are
   *     never opened
   */
  public Packets(int capacity, boolean acceptsDescriptors) {
    this.bytes = arena.allocate(capacity, Long.BYTES);
    this.buffer = bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    this.acceptsDescriptors = acceptsDescriptors;
    vector.set(JAVA_LONG, 0, bytes.address());
    header.set(JAVA_LONG, IOV, vector.address());
    header.set(JAVA_LONG, IOV_COUNT, 1);
  }

  /**
   * {@code recvmsg}.
   *
   * @param fd a connection
   * @return the packet's bytes, then to be read from {@link #received()}; 0 at the end; or the
   *     error's number negated
   */
  public long receive(int fd) {
    descriptor = -1;
    vector.set(JAVA_LONG, Long.BYTES, bytes.byteSize());
    header.set(JAVA_LONG, CONTROL, acceptsDescriptors ? control.address() : 0);
    header.set(JAVA_LONG, CONTROL_BYTES, acceptsDescriptors ? ONE_DESCRIPTOR : 0);
    header.set(JAVA_INT, FLAGS, 0);
    long length = call(numbers.recvmsg(), fd, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length >= 0) {
      buffer.clear().limit((int) length);
      takeDescriptor();
    }
    return length;
  }

  private void takeDescriptor() {
    boolean came =
        acceptsDescriptors
            && header.get(JAVA_LONG, CONTROL_BYTES) >= ONE_DESCRIPTOR
            && control.get(JAVA_INT, Long.BYTES) == SOL_SOCKET
            && control.get(JAVA_INT, Long.BYTES + Integer.BYTES) == SCM_RIGHTS;
    descriptor = came ? control.get(JAVA_INT, DESCRIPTORS) : -1;
  }

  /**
   * The packet that was received.
   *
   * @return its bytes, little endian, until the next one is received or sent
   */
  public ByteBuffer received() {
    return buffer;
  }

  /**
   * Whether the packet was longer than there is room.
   *
   * @return true if its rest is lost
   */
  public boolean isTruncated() {
    return (header.get(JAVA_INT, FLAGS) & MSG_TRUNC) != 0;
  }

  /**
   * Whether descriptors came for which there was no room; the kernel did not open these.
   *
   * @return true if some did
   */
  public boolean hadMoreDescriptors() {
    return (header.get(JAVA_INT, FLAGS) & MSG_CTRUNC) != 0;
  }

  /**
   * The descriptor that came with the packet.
   *
   * @return to be closed by the caller; -1 if there was none
   */
  public int descriptor() {
    return descriptor;
  }

  /**
   * {@code sendmsg}.
   *
   * @param fd a connection
   * @param packet its bytes
   * @param with a descriptor that is to come with it, or -1
   * @return the bytes, or the error's number negated
   */
  public long send(int fd, byte[] packet, int with) {
    MemorySegment.copy(packet, 0, bytes, JAVA_BYTE, 0, packet.length);
    vector.set(JAVA_LONG, Long.BYTES, packet.length);
    header.set(JAVA_LONG, CONTROL, with < 0 ? 0 : control.address());
    header.set(JAVA_LONG, CONTROL_BYTES, with < 0 ? 0 : control.byteSize());
    header.set(JAVA_INT, FLAGS, 0);
    if (with >= 0) {
      control.set(JAVA_LONG, 0, ONE_DESCRIPTOR);
      control.set(JAVA_INT, Long.BYTES, SOL_SOCKET);
      control.set(JAVA_INT, Long.BYTES + Integer.BYTES, SCM_RIGHTS);
      control.set(JAVA_INT, DESCRIPTORS, with);
    }
    return call(numbers.sendmsg(), fd, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  private long call(int number, int fd, int flags) {
    return SystemCalls.call(state, number, fd, header.address(), flags, 0, 0, 0);
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    arena.close();
  }
}
