package org.dlpack4j.py4j;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a service behaves. Each method returns other options.
 *
 * @param copies what becomes of memory that no other process can map
 * @param maxSessions how many peers there may be at once
 * @param maxPeerBytes how much memory each peer may have at once that it got to write to and has
 *     not given back
 * @param socketDirectory where the socket is, for peers in other network namespaces; by default it
 *     has an abstract name and is in no directory
 */
public record TensorServiceOptions(
    CopyPolicy copies, int maxSessions, long maxPeerBytes, Optional<Path> socketDirectory) {

  /** Copies where needed; 256 peers, with as much memory as there is, and no directory. */
  public static final TensorServiceOptions DEFAULT =
      new TensorServiceOptions(CopyPolicy.COPY, 256, Long.MAX_VALUE, Optional.empty());

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if one leaves no room for anything
   */
  public TensorServiceOptions {
    if (maxSessions < 1) {
      throw new IllegalArgumentException(
          "maxSessions: expected 1 or more but found " + maxSessions);
    }
    if (maxPeerBytes < 0) {
      throw new IllegalArgumentException(
          "maxPeerBytes: expected 0 or more but found " + maxPeerBytes);
    }
  }

  /**
   * Refuses what would have to be copied.
   *
   * @return the options
   */
  public TensorServiceOptions withoutCopies() {
    return new TensorServiceOptions(CopyPolicy.REFUSE, maxSessions, maxPeerBytes, socketDirectory);
  }

  /**
   * Serves so many peers at once.
   *
   * @param sessions 1 or more
   * @return the options
   * @throws IllegalArgumentException if there are fewer
   */
  public TensorServiceOptions servingAtMost(int sessions) {
    return new TensorServiceOptions(copies, sessions, maxPeerBytes, socketDirectory);
  }

  /**
   * Lets each peer have so much memory to write to.
   *
   * @param bytes 0 or more
   * @return the options
   * @throws IllegalArgumentException if there are fewer
   */
  public TensorServiceOptions lendingAtMost(long bytes) {
    return new TensorServiceOptions(copies, maxSessions, bytes, socketDirectory);
  }

  /**
   * Puts the socket into a directory.
   *
   * @param directory that only this user may enter (mode 0700)
   * @return the options
   */
  public TensorServiceOptions withSocketIn(Path directory) {
    return new TensorServiceOptions(copies, maxSessions, maxPeerBytes, Optional.of(directory));
  }
}
