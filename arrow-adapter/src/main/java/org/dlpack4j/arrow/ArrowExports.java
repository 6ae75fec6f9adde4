package org.dlpack4j.arrow;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.apache.arrow.memory.BufferAllocator;
import org.dlpack4j.Owner;
import org.dlpack4j.exporting.Exports;

/** All exports of Arrow memory: an allocator must not be closed while it has some. */
public final class ArrowExports {

  private ArrowExports() {}

  /**
   * Waits until no exported tensor holds memory of an allocator: all of them were deleted by their
   * consumers or closed. To be called before the allocator is closed.
   *
   * @param allocator it or a child of it has the memory
   * @param timeout how long to wait
   * @return false if some still hold it when the time is up; {@link #outstanding} names them
   * @throws InterruptedException if this thread is interrupted
   */
  public static boolean awaitReleased(BufferAllocator allocator, Duration timeout)
      throws InterruptedException {
    return Exports.awaitReleased(of(allocator), timeout);
  }

  /**
   * What holds memory of an allocator at the moment.
   *
   * @param allocator it or a child of it has the memory
   * @return the names of the exported vectors, each as often as a tensor of it is out
   */
  public static List<String> outstanding(BufferAllocator allocator) {
    return Exports.held(of(allocator)).stream().map(Owner::toString).toList();
  }

  /**
   * Closes an allocator once its exports are released.
   *
   * @param allocator what to close
   * @param timeout how long to wait for consumers
   * @throws IllegalStateException if exports hold memory when the time is up, with their names; the
   *     allocator is open then
   * @throws InterruptedException if this thread is interrupted; the allocator is open then
   */
  public static void close(BufferAllocator allocator, Duration timeout)
      throws InterruptedException {
    if (!awaitReleased(allocator, timeout)) {
      throw new IllegalStateException(
          "allocator %s: expected no exports but found %s after %s; have their consumers delete them"
              .formatted(allocator.getName(), outstanding(allocator), timeout));
    }
    allocator.close();
  }

  private static Predicate<Owner> of(BufferAllocator allocator) {
    return owner -> owner instanceof BufferOwner buffers && buffers.isOf(allocator);
  }
}
