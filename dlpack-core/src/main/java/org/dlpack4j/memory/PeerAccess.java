package org.dlpack4j.memory;

/** What another process may do with a segment whose descriptor it gets. */
public enum PeerAccess {
  /** Map it to read. Writing to the file and mapping it writable are refused by the kernel. */
  READ_ONLY,

  /**
   * Map it to write, too: for memory that one peer fills. Java must copy what is in there before
   * believing it.
   */
  WRITABLE
}
