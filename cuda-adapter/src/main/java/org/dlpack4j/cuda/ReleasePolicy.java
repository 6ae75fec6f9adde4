package org.dlpack4j.cuda;

/** What has to be done before memory that was let go may be freed, or given back. */
public enum ReleasePolicy {
  /**
   * All work queued at that time on streams that wait for the legacy default, and on every {@link
   * CudaStream}. No thread of the program waits for it.
   */
  EVENTS,

  /**
   * All work of the device. For consumers with streams that nobody can know; a thread of this
   * module waits for it.
   */
  SYNCHRONIZE,

  /** Nothing: whoever lets go has waited for the work. */
  AT_ONCE;

  /** What satisfies both. */
  ReleasePolicy and(ReleasePolicy other) {
    if (this == SYNCHRONIZE || other == SYNCHRONIZE) {
      return SYNCHRONIZE;
    }
    return this == EVENTS ? EVENTS : other;
  }
}
