package org.dlpack4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.Buffer;

/**
 * What keeps the bytes of a tensor alive. An export takes its owner over; when the consumer is
 * done, the owner is released exactly once, later, on a thread of the JVM's choosing.
 *
 * <p>An owner serves one export at a time unless it says otherwise. For several tensors over the
 * same memory make it {@link #shared()}.
 */
@FunctionalInterface
public interface Owner {

  /** Who may run {@link Owner#release()}. */
  enum Release {
    /**
     * Any thread that exports: the release is short and waits for nobody. It may run while the
     * exporting thread holds locks of its own.
     */
    NON_BLOCKING,

    /** Only the reaper thread: the release may take long, lock, or wait for a device. */
    BLOCKING
  }

  /**
   * Lets the memory go. Called exactly once for every export that took this owner over. What it
   * throws is counted and logged, and the memory is taken to be released.
   */
  void release();

  /**
   * Who may run {@link #release()}.
   *
   * @return {@link Release#BLOCKING} unless the owner knows better
   */
  default Release mode() {
    return Release.BLOCKING;
  }

  /**
   * Whether consumers must not write to the memory.
   *
   * @return false unless the owner knows better
   */
  default boolean isReadOnly() {
    return false;
  }

  /**
   * Whether the memory is a copy that nobody else has, so that its one export may say so.
   *
   * @return false unless the owner knows better
   */
  default boolean isFreshCopy() {
    return false;
  }

  /**
   * Called as the last step of every export, just before this owner is taken over. An owner that
   * cannot serve another export throws; the export then fails and the owner stays with the caller.
   */
  default void beginExport() {}

  /**
   * Counts references on this owner, so that several exports can hold it.
   *
   * @return a shared owner that takes this one over and holds one reference for the caller, to be
   *     given back by {@link SharedOwner#close()}
   * @throws IllegalStateException if this owner cannot serve another export, or is shared already;
   *     it stays as it was
   */
  default SharedOwner shared() {
    return new SharedOwner(this);
  }

  /**
   * An owner that closes an arena. Automatic and global arenas have no end of their own: for them
   * it keeps the arena reachable.
   *
   * @param arena not confined, as another thread closes it; the caller closes it no longer, once
   *     this owner is exported
   * @return the owner, for one export
   * @throws IllegalArgumentException if the arena is confined; it stays with the caller
   */
  static Owner closing(Arena arena) {
    return new ArenaOwner(arena);
  }

  /**
   * An owner that keeps a segment reachable and does nothing else: for memory that the garbage
   * collector or nobody frees. Memory of a shared arena needs {@link #closing} instead, or the
   * caller's word not to close the arena before the consumer is done.
   *
   * @param segment of an automatic or the global arena, or over a direct buffer
   * @return the owner, for any number of exports
   * @throws IllegalArgumentException if the segment is confined to a thread or on the heap
   */
  static Owner reachable(MemorySegment segment) {
    return new ReachableOwner(segment);
  }

  /**
   * An owner that keeps a direct buffer reachable and does nothing else.
   *
   * @param buffer direct
   * @return the owner, for any number of exports
   * @throws IllegalArgumentException if the buffer is on the heap
   */
  static Owner reachable(Buffer buffer) {
    return new ReachableOwner(MemorySegment.ofBuffer(buffer));
  }

  /**
   * An owner that is released by a C function. With the native shim the consumer's own thread calls
   * it, inside the deleter and without entering the JVM.
   *
   * @param function {@code void (*)(void *context)}, callable from any thread for as long as the
   *     process lives
   * @param context what the function gets
   * @return the owner
   * @throws IllegalArgumentException if the function is NULL; nothing is taken over then
   */
  static NativeOwner calling(MemorySegment function, MemorySegment context) {
    return new NativeOwner(function.address(), context.address());
  }

  /**
   * An owner that runs an action on whatever thread exports next.
   *
   * @param action short, waiting for nobody
   * @return the owner
   */
  static Owner nonBlocking(Runnable action) {
    return new NonBlockingOwner(action);
  }
}
