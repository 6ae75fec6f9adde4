package org.dlpack4j.py4j;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What has a name, and what had one and is still held by somebody. Any thread.
 *
 * <p>Its lock is held for moments only: whatever may take long is done before and after.
 */
final class Catalogue {

  /** No generation. */
  static final long NOT_ALLOWED = 0;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Publication> names = new TreeMap<>();

  /** Without a name by now, but with leases or held by this JVM. */
  private final Set<Publication> leaving = ConcurrentHashMap.newKeySet();

  /** Told when something that may have been fetched lost its name. */
  private final LongConsumer retire;

  private long generation = 1;
  private boolean closed;

  Catalogue(LongConsumer retire) {
    this.retire = retire;
  }

  /** Whether things can have names. */
  boolean isOpen() {
    lock.lock();
    try {
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Throws if it is closed.
   *
   * @throws IllegalStateException then
   */
  void requireOpen() {
    if (!isOpen()) {
      throw new IllegalStateException(
          "service: expected an open one but found it closed; start another");
    }
  }

  long generation() {
    lock.lock();
    try {
      return generation;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives an object its name, and takes it from the one that had it. Cannot fail: in a closed
   * catalogue the object loses its name at once.
   *
   * @param publication with a reference for this
   * @return its generation
   */
  long put(Publication publication) {
    return putIf(publication, old -> true);
  }

  /**
   * The same, unless the name must stay with the one that has it.
   *
   * @param publication with a reference for this, if it gets the name
   * @param allowed asked of the one that has the name
   * @return its generation, or {@link #NOT_ALLOWED}
   */
  long putIf(Publication publication, Predicate<Publication> allowed) {
    Publication old;
    long now;
    lock.lock();
    try {
      old = names.get(publication.name());
      if (old != null && !allowed.test(old)) {
        return NOT_ALLOWED;
      }
      now = ++generation;
      publication.begin(now, this::ended);
      if (closed) {
        old = publication;
      } else {
        names.put(publication.name(), publication);
      }
      leave(old);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    dropped(old, now);
    return now;
  }

  private void leave(@Nullable Publication old) {
    if (old != null) {
      leaving.add(old);
    }
  }

  private void dropped(@Nullable Publication old, long now) {
    if (old != null) {
      retire.accept(now);
      old.release();
    }
  }

  /** Some publication has no references any more. Perhaps in the middle of another's export. */
  private void ended(Publication publication) {
    leaving.remove(publication);
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a name away, whoever has it. */
  boolean remove(String name) {
    return removeIf(name, old -> true) != NOT_ALLOWED;
  }

  /**
   * The same, unless the name must stay with the one that has it.
   *
   * @return the generation from which on it is away, or {@link #NOT_ALLOWED}, also if nothing had
   *     it
   */
  long removeIf(String name, Predicate<Publication> allowed) {
    Publication old;
    long now;
    lock.lock();
    try {
      old = names.get(name);
      if (old == null || !allowed.test(old)) {
        return NOT_ALLOWED;
      }
      names.remove(name);
      now = ++generation;
      leave(old);
    } finally {
      lock.unlock();
    }
    dropped(old, now);
    return now;
  }

  /** What has a name, with one more reference; null if nothing has. */
  @Nullable Publication retained(String name) {
    lock.lock();
    try {
      Publication publication = names.get(name);
      return publication != null && publication.retain() ? publication : null;
    } finally {
      lock.unlock();
    }
  }

  /** What has a name, for a look at it; null if nothing has. */
  @Nullable Publication find(String name) {
    lock.lock();
    try {
      return names.get(name);
    } finally {
      lock.unlock();
    }
  }

  /** All that have names, by name, for a look at them. */
  List<Publication> all() {
    lock.lock();
    try {
      return new ArrayList<>(names.values());
    } finally {
      lock.unlock();
    }
  }

  /** The names, in order. */
  List<String> names() {
    return all().stream().map(Publication::name).toList();
  }

  /** Waits for something to have a name; false if the time is up or this is closed. */
  boolean awaitNamed(String name, Duration timeout) throws InterruptedException {
    return await(() -> closed || names.containsKey(name), timeout) && find(name) != null;
  }

  /** Waits until nobody holds what has or had a name. */
  boolean awaitEnded(String name, Duration timeout) throws InterruptedException {
    return await(() -> leaving.stream().noneMatch(left -> left.name().equals(name)), timeout);
  }

  private boolean await(BooleanSupplier condition, Duration timeout) throws InterruptedException {
    long nanos = NANOSECONDS.convert(timeout); // at most as long as anybody waits
    lock.lockInterruptibly();
    try {
      while (!condition.getAsBoolean()) {
        if (nanos <= 0) {
          return false;
        }
        nanos = changed.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Takes all names away, and lets nothing have one any more. */
  void close() {
    List<Publication> old;
    lock.lock();
    try {
      closed = true;
      old = new ArrayList<>(names.values());
      names.clear();
      leaving.addAll(old);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    old.forEach(Publication::release);
  }
}
