package org.dlpack4j.memory;

/**
 * How a pool of shared memory behaves. Immutable; each method gives other options.
 *
 * @param peerAccess what peers may do with its segments
 * @param zeroed whether what is allocated is all zeroes, or what the last user has left there
 * @param hugePages whether to ask the kernel for huge pages
 * @param keptBytes how much memory of large allocations, once given back, is kept for the next ones
 */
public record SharedMemoryOptions(
    PeerAccess peerAccess, boolean zeroed, boolean hugePages, long keptBytes) {

  /** For peers that read, zeroed, of normal pages, and keeping up to 256 MiB. */
  public static final SharedMemoryOptions DEFAULT =
      new SharedMemoryOptions(PeerAccess.READ_ONLY, true, false, 256L << 20);

  /**
   * Checks the budget.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public SharedMemoryOptions {
    if (keptBytes < 0) {
      throw new IllegalArgumentException(
          "keptBytes: expected 0 or more but found " + keptBytes + "; 0 keeps nothing");
    }
  }

  /**
   * Lets peers write to the segments.
   *
   * @return the options
   */
  public SharedMemoryOptions writableByPeers() {
    return new SharedMemoryOptions(PeerAccess.WRITABLE, zeroed, hugePages, keptBytes);
  }

  /**
   * Leaves in the memory what its last user has left there. Much faster for large allocations, and
   * right for those who overwrite everything.
   *
   * @return the options
   */
  public SharedMemoryOptions withoutZeroing() {
    return new SharedMemoryOptions(peerAccess, false, hugePages, keptBytes);
  }

  /**
   * Asks for huge pages: reserved ones unless peers may write, else transparent ones, else normal
   * ones. {@link SharedSegment#pages()} says what a segment got.
   *
   * @return the options
   */
  public SharedMemoryOptions withHugePages() {
    return new SharedMemoryOptions(peerAccess, zeroed, true, keptBytes);
  }

  /**
   * Keeps so much memory of large allocations that were given back.
   *
   * @param bytes 0 for none
   * @return the options
   * @throws IllegalArgumentException if that is negative
   */
  public SharedMemoryOptions keeping(long bytes) {
    return new SharedMemoryOptions(peerAccess, zeroed, hugePages, bytes);
  }
}
