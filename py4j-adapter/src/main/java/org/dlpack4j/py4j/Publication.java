package org.dlpack4j.py4j;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.dlpack4j.Owner;

/**
 * An object under a name, with a reference for the catalogue, for each lease and for each fetch of
 * this JVM. Its memory is released with the last one. Zero is final.
 */
final class Publication {

  private static final Logger LOGGER = System.getLogger("org.dlpack4j.py4j");

  /** The publisher of what this JVM has published. */
  static final long THIS_JVM = 0;

  private final long publisher;
  private final Draft draft;
  private final List<Owner> owners;
  private final AtomicInteger references = new AtomicInteger(1);

  /** Set before anybody else sees this object. */
  private long generation;

  private Consumer<Publication> atEnd = ended -> {};

  /**
   * One reference on an object.
   *
   * @param publisher the session, or {@link #THIS_JVM}
   * @param draft what peers get
   * @param owners what keeps all of its memory alive; each released with the last reference, on
   *     whatever thread that is
   */
  Publication(long publisher, Draft draft, List<Owner> owners) {
    this.publisher = publisher;
    this.draft = draft;
    this.owners = List.copyOf(owners);
  }

  /** Called once, before the first one to see it. */
  void begin(long newGeneration, Consumer<Publication> whatAtEnd) {
    this.generation = newGeneration;
    this.atEnd = whatAtEnd;
  }

  String name() {
    return draft.name();
  }

  long generation() {
    return generation;
  }

  long publisher() {
    return publisher;
  }

  PublishedObject object() {
    return draft.object();
  }

  long bytes() {
    return draft.bytes();
  }

  List<PeerSegment> segments() {
    return draft.segments();
  }

  boolean isWritable() {
    return draft.grantedWritable().isPresent();
  }

  /** What a peer is told. */
  byte[] granted(boolean writable) {
    return writable ? draft.grantedWritable().orElseThrow() : draft.granted();
  }

  /** One more reference, for whoever holds one already. */
  Owner retained() {
    if (!retain()) {
      throw new IllegalStateException(this + ": retained after its end");
    }
    return asOwner();
  }

  /**
   * Adds a reference.
   *
   * @return false if the last one is gone
   */
  boolean retain() {
    int now;
    do {
      now = references.get();
      if (now == 0) {
        return false;
      }
    } while (!references.compareAndSet(now, now + 1));
    return true;
  }

  /** Gives one back, and the memory with the last. */
  void release() {
    int left = references.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException(this + ": released more often than retained");
    }
    if (left == 0) {
      owners.forEach(this::release);
      atEnd.accept(this);
    }
  }

  private void release(Owner owner) {
    try {
      owner.release();
    } catch (RuntimeException | Error e) {
      LOGGER.log(Level.WARNING, this + ": expected its memory to be released but it threw", e);
    }
  }

  boolean hasEnded() {
    return references.get() == 0;
  }

  /** A reference, as the owner of an export. The caller has one to give it. */
  Owner asOwner() {
    return Owner.nonBlocking(this::release);
  }

  @Override
  public String toString() {
    return "%s named %s of generation %d".formatted(object().kind(), name(), generation);
  }
}
