package org.dlpack4j.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import org.dlpack4j.internal.Memory;

/**
 * A file in memory that this process has mapped and others can map: its size never changes and all
 * of its memory is there, so that no access to a mapping of it can fail. Only a peer that may write
 * can make holes, which the kernel fills with zeroes when somebody looks.
 *
 * <p>A segment stays as long as its pool has an allocation in it or keeps it for the next one, and
 * as long as somebody {@linkplain #hold holds} it.
 */
public final class SharedSegment {

  private static final AtomicLong IDS = new AtomicLong();
  private static final AtomicIntegerFieldUpdater<SharedSegment> HOLDS =
      AtomicIntegerFieldUpdater.newUpdater(SharedSegment.class, "holds");

  private final Kernel kernel;
  private final long id = IDS.incrementAndGet();
  private final int fd;
  private final long address;
  private final long byteSize;
  private final PeerAccess peerAccess;
  private final boolean writeProtected;
  private final PageKind pages;

  /** Closed before the memory is unmapped, so that Java gets an exception and no fault. */
  private final Arena arena = Arena.ofShared();

  private final MemorySegment memory;

  /** One of them is the pool's. Zero is final. */
  private volatile int holds = 1;

  private volatile boolean ended;

  SharedSegment(
      Kernel kernel,
      int fd,
      long address,
      long byteSize,
      PeerAccess peerAccess,
      boolean writeProtected,
      PageKind pages) {
    this.kernel = kernel;
    this.fd = fd;
    this.address = address;
    this.byteSize = byteSize;
    this.peerAccess = peerAccess;
    this.writeProtected = writeProtected;
    this.pages = pages;
    this.memory = Memory.within(address, byteSize, arena);
  }

  /**
   * A number that no other segment of this JVM has or will have.
   *
   * @return 1 or more
   */
  public long id() {
    return id;
  }

  /**
   * The file's descriptor, to be sent to another process; never to be closed. It means this file
   * only as long as the caller holds the segment or an allocation in it.
   *
   * @return the number in this process
   * @throws IllegalStateException if the segment is gone
   */
  public int fd() {
    if (ended) {
      throw new IllegalStateException(gone());
    }
    return fd;
  }

  /**
   * Where another process of the same user can open the file.
   *
   * @return such as {@code /proc/42/fd/7}
   * @throws IllegalStateException if the segment is gone
   */
  public Path path() {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd());
  }

  /**
   * How large the file is.
   *
   * @return bytes, a multiple of the page size
   */
  public long byteSize() {
    return byteSize;
  }

  /**
   * What peers are meant to do with it.
   *
   * @return as the pool's options say
   */
  public PeerAccess peerAccess() {
    return peerAccess;
  }

  /**
   * Whether the kernel keeps peers from writing.
   *
   * @return false if they may, and on kernels before 5.1
   */
  public boolean isWriteProtected() {
    return writeProtected;
  }

  /**
   * The pages that it got.
   *
   * @return what the kernel said when the segment was made
   */
  public PageKind pages() {
    return pages;
  }

  /**
   * Keeps the segment and its descriptor, whatever becomes of the allocations in it: for as long as
   * a peer has it.
   *
   * @return to be closed; that may take long, if it was the last
   * @throws IllegalStateException if the segment is gone
   */
  public Hold hold() {
    int now;
    do {
      now = holds;
      if (now == 0) {
        throw new IllegalStateException(gone());
      }
    } while (!HOLDS.compareAndSet(this, now, now + 1));
    return new Hold(this);
  }

  private String gone() {
    return "segment: expected one that is mapped but found " + this + " given back";
  }

  long address() {
    return address;
  }

  MemorySegment memory() {
    return memory;
  }

  /** Gives a hold back, and the memory with the last. */
  void release() {
    if (HOLDS.decrementAndGet(this) == 0) {
      end();
    }
  }

  /**
   * Unmaps the memory if nobody holds it.
   *
   * @return false if it is held, or native code that Java called is using it just now
   */
  synchronized boolean end() {
    if (holds != 0 || ended) {
      return ended;
    }
    SegmentTable.remove(this);
    try {
      arena.close();
    } catch (IllegalStateException e) {
      return false;
    }
    ended = true;
    try {
      kernel.unmap(address, byteSize);
    } finally {
      kernel.close(fd);
    }
    return true;
  }

  boolean hasEnded() {
    return ended;
  }

  @Override
  public String toString() {
    return "segment %d of %d bytes at 0x%x".formatted(id, byteSize, address);
  }

  /** Keeps a segment. */
  public static final class Hold implements AutoCloseable {

    private final SharedSegment segment;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Hold(SharedSegment segment) {
      this.segment = segment;
    }

    /**
     * What is held.
     *
     * @return the segment
     */
    public SharedSegment segment() {
      return segment;
    }

    /**
     * Lets it go. Calling it again does nothing. Should native code that Java called be using the
     * memory just now, the pool's next {@link SharedMemory#trim} ends the segment.
     */
    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        segment.release();
      }
    }
  }
}
