package org.dlpack4j.cuda;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;

/**
 * Two pinned buffers, by way of which main memory that is not pinned is copied: while the device
 * works with one, the host works with the other. Kept for the next copy, as pinning takes longer
 * than copying.
 */
final class Staging implements AutoCloseable {

  /** Of a buffer: takes a device much longer than it takes to tell it. */
  static final long BUFFER_BYTES = 4L << 20;

  /** Copies at a time; more of them would only share what the bus can do. */
  private static final int MOST = 2;

  private static final Semaphore PERMITS = new Semaphore(MOST, true);
  private static final Queue<CudaMemory> IDLE = new ConcurrentLinkedQueue<>();

  private final CudaMemory buffers;

  private Staging(CudaMemory buffers) {
    this.buffers = buffers;
  }

  /**
   * Takes two buffers, or waits until another copy has given some back.
   *
   * @throws CudaException if there is no memory that can be pinned
   */
  static Staging take() {
    PERMITS.acquireUninterruptibly();
    try {
      CudaMemory idle = IDLE.poll();
      return new Staging(
          idle != null && idle.isThere() ? idle : CudaMemory.allocatePinned(2 * BUFFER_BYTES));
    } catch (RuntimeException | Error e) {
      PERMITS.release();
      throw e;
    }
  }

  /** One of the two. */
  long address(int index) {
    return buffers.address() + index * BUFFER_BYTES;
  }

  /** Gives them back; nobody works with them any more. */
  @Override
  public void close() {
    IDLE.add(buffers);
    PERMITS.release();
  }

  /** Frees what no copy uses now. */
  static void freeIdle() {
    for (CudaMemory idle = IDLE.poll(); idle != null; idle = IDLE.poll()) {
      idle.close();
    }
  }
}
