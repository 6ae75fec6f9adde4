package org.dlpack4j.py4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.dlpack4j.TensorView;
import org.dlpack4j.memory.PeerAccess;
import org.dlpack4j.memory.SharedLocation;
import org.dlpack4j.memory.SharedMemory;
import org.dlpack4j.memory.SharedSegment;
import org.dlpack4j.py4j.wire.ObjectWriter.Place;
import org.jspecify.annotations.Nullable;

/**
 * An object as peers can have it: every tensor in a segment, those copied that were in none. The
 * memory of the original must be alive until {@link #isInPlace} was asked, and that of the copies
 * is this object's until {@link SharedCopies#intoOwners}.
 */
final class Placement implements AutoCloseable {

  private final PublishedObject object;
  private final SharedCopies copies;
  private final Predicate<TensorView> isCopied;
  private final Map<Long, SharedSegment> segments = new LinkedHashMap<>();

  /** Where tensors without elements are said to be. */
  private @Nullable Place nowhere;

  /** How many tensors were not copied. */
  private int inPlace;

  private Placement(PublishedObject object, SharedCopies copies, Predicate<TensorView> isCopied) {
    this.copies = copies;
    this.isCopied = view -> copies.hasMade(view) || isCopied.test(view);
    this.object = object.mapped(this::placed);
  }

  /**
   * Places an object.
   *
   * @param object over memory that is alive
   * @param copies takes those that have to be made
   * @param policy whether they may be
   * @return its placement, which has the copies
   * @throws IllegalArgumentException if copies are needed and refused
   * @throws UnsupportedOperationException if a tensor is on a device
   * @throws OutOfMemoryError if there is no memory for copies
   */
  static Placement of(PublishedObject object, SharedCopies copies, CopyPolicy policy) {
    return of(object, copies, policy, view -> false, view -> false);
  }

  /**
   * The same, of an object that somebody else describes.
   *
   * @param mustCopy whether a tensor must be copied wherever it is
   * @param isCopied whether a tensor is a copy already
   */
  static Placement of(
      PublishedObject object,
      SharedCopies copies,
      CopyPolicy policy,
      Predicate<TensorView> mustCopy,
      Predicate<TensorView> isCopied) {
    try {
      for (TensorView view : object.views()) {
        requireHost(view);
        boolean needed = mustCopy.test(view) || locate(view) == null;
        if (!view.layout().isEmpty() && needed) {
          requireAllowed(view, policy);
          copies.of(view);
        }
      }
      return new Placement(object, copies, isCopied);
    } catch (Throwable e) {
      copies.close();
      throw e;
    }
  }

  private static void requireHost(TensorView view) {
    if (!view.device().isHostAccessible()) {
      throw new UnsupportedOperationException(
          "device: expected memory that the CPU reads but found %s; copy it to the host first"
              .formatted(view));
    }
  }

  private static void requireAllowed(TensorView view, CopyPolicy policy) {
    if (policy == CopyPolicy.REFUSE) {
      throw new IllegalArgumentException(
          "data: expected memory of a SharedMemory pool, as copies are refused, but found %s;"
                  .formatted(view)
              + " allocate it there, or allow copies in the service's options");
    }
  }

  /** The segment that all of a tensor is in; null if there is none. */
  static @Nullable SharedLocation locate(TensorView view) {
    if (view.layout().isEmpty()) {
      return null;
    }
    Reach reach = Reach.of(view);
    SharedLocation low = SharedMemory.locate(reach.low()).orElse(null);
    return low == null || low.segment().byteSize() - low.offset() < reach.bytes() ? null : low;
  }

  private TensorView placed(TensorView view) {
    TensorView copy = copies.copyOf(view);
    TensorView placed = copy == null ? view : copy;
    SharedLocation location = locate(placed);
    if (location != null) {
      segments.putIfAbsent(location.segment().id(), location.segment());
      inPlace += copy == null ? 1 : 0;
    }
    return placed;
  }

  /** What there is in segments. */
  PublishedObject object() {
    return object;
  }

  /** What keeps the copies alive. */
  SharedCopies copies() {
    return copies;
  }

  /** Whether some tensor is where it was published. */
  boolean isInPlace() {
    return inPlace > 0;
  }

  /** The segments that a peer needs. */
  List<SharedSegment> segments() {
    return List.copyOf(segments.values());
  }

  /** Whether peers may have it to write: all of it is where the kernel lets them. */
  boolean isWritable() {
    return copies.isEmpty()
        && segments.values().stream().allMatch(s -> s.peerAccess() == PeerAccess.WRITABLE)
        && object.views().stream().noneMatch(TensorView::readOnly);
  }

  /** For a peer. */
  byte[] write(boolean readOnly) {
    return object.write(this::place, readOnly);
  }

  private Place place(TensorView view) {
    if (view.layout().isEmpty()) {
      return nowhere();
    }
    // In this process's addresses: an offset is negative for no tensor that is in a segment.
    SharedLocation first = SharedMemory.locate(view.dataAddress()).orElseThrow();
    return new Place(first.segment().id(), first.offset(), isCopied.test(view));
  }

  private Place nowhere() {
    if (nowhere == null) {
      SharedSegment segment =
          segments.isEmpty()
              ? copies.nowhere().location().segment()
              : segments.values().iterator().next();
      segments.putIfAbsent(segment.id(), segment);
      nowhere = new Place(segment.id(), 0, false);
    }
    return nowhere;
  }

  @Override
  public void close() {
    copies.close();
  }
}
