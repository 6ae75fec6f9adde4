package org.dlpack4j.copying;

/**
 * How copies are cut and shared out.
 *
 * @param threads that work at most, the calling one included
 * @param sharedFrom the bytes from which on a copy is worth more threads than one
 * @param chunkBytes what a thread takes at once
 * @param progressBytes what is done between two reports of progress
 */
record CopySettings(int threads, long sharedFrom, long chunkBytes, long progressBytes) {

  private static final long MIB = 1 << 20;

  /** Waking a thread takes as long as copying some hundred kibibytes. */
  private static final long SHARED_FROM = 4 * MIB;

  /** Takes much longer than to be handed out, and little enough that all threads end together. */
  private static final long CHUNK = MIB;

  private static final long PROGRESS = 32 * MIB;

  /** For this machine, as many threads as it has processors for us. */
  static CopySettings usual() {
    return new CopySettings(
        Runtime.getRuntime().availableProcessors(), SHARED_FROM, CHUNK, PROGRESS);
  }
}
