package org.dlpack4j.copying;

/** Told how far a copy is. */
@FunctionalInterface
public interface CopyProgress {

  /**
   * Called on the copying thread, while no other thread works on the copy: every some ten
   * mebibytes, and once at the end. What it throws stops the copy and reaches the caller; the
   * target is then written in part.
   *
   * @param bytesDone bytes of the target that are written
   * @param bytesTotal bytes that will be
   */
  void progress(long bytesDone, long bytesTotal);
}
