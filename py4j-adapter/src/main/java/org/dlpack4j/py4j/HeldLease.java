package org.dlpack4j.py4j;

import java.time.Duration;
import java.util.Optional;
import org.dlpack4j.Device;
import org.dlpack4j.SharedOwner;

/** A lease as the service knows it. */
sealed interface HeldLease {

  /** Gives back what it holds. Called once. */
  void release();

  /** For people. */
  Lease describe(long id, long pid);

  /**
   * Of an object.
   *
   * @param publication with a reference for this
   * @param since when it was granted, on the clock of {@link System#nanoTime}
   */
  record OfPublication(Publication publication, long since) implements HeldLease {
    @Override
    public void release() {
      publication.release();
    }

    @Override
    public Lease describe(long id, long pid) {
      return new Lease(
          id,
          Optional.of(publication.name()),
          publication.generation(),
          pid,
          age(since),
          publication.bytes());
    }
  }

  /**
   * Of memory to write to.
   *
   * @param owner what publications in it share; this has a reference
   * @param location where it is
   * @param device the same as this process calls it
   * @param address there
   * @param bytes how much
   * @param generation that was the newest when it was granted
   * @param since when that was
   */
  record OfMemory(
      SharedOwner owner,
      PeerLocation location,
      Device device,
      long address,
      long bytes,
      long generation,
      long since)
      implements HeldLease {
    @Override
    public void release() {
      owner.close();
    }

    @Override
    public Lease describe(long id, long pid) {
      return new Lease(id, Optional.empty(), generation, pid, age(since), bytes);
    }
  }

  private static Duration age(long since) {
    return Duration.ofNanos(System.nanoTime() - since);
  }
}
