package org.dlpack4j.py4j;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.dlpack4j.Device;
import org.dlpack4j.TensorView;
import org.dlpack4j.device.DeviceRuntimes;
import org.dlpack4j.py4j.wire.ObjectWriter.Place;

/**
 * An object as peers can have it: every tensor in a segment, those copied that were in none. The
 * memory of the original must be alive until {@link #isInPlace} was asked, and that of the copies
 * is this object's until {@link SharedCopies#intoOwners}.
 */
final class Placement implements AutoCloseable {

  private final PublishedObject object;
  private final SharedCopies copies;
  private final Predicate<TensorView> isCopied;
  private final Map<Long, PeerSegment> segments = new LinkedHashMap<>();

  /** Where tensors without elements are said to be. */
  private final Map<Device, Place> nowhere = new HashMap<>();

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
   * @throws UnsupportedOperationException if a tensor is on a device that no adapter serves
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
        requireServed(view);
        boolean needed = mustCopy.test(view) || PeerLocation.of(view) == null;
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

  private static void requireServed(TensorView view) {
    if (!view.device().isHostAccessible() && DeviceRuntimes.find(view.device()).isEmpty()) {
      throw new UnsupportedOperationException(
          "device: expected memory that the CPU reads, or of a device that an adapter on the path"
              + " serves, but found %s; copy it to the host first".formatted(view));
    }
  }

  private static void requireAllowed(TensorView view, CopyPolicy policy) {
    if (policy == CopyPolicy.REFUSE) {
      throw new IllegalArgumentException(
          "data: expected memory of %s, as copies are refused, but found %s;"
                  .formatted(shareable(view.device()), view)
              + " allocate it there, or allow copies in the service's options");
    }
  }

  private static String shareable(Device device) {
    return device.isHostAccessible()
        ? "a SharedMemory pool"
        : "the device's adapter, such as CudaMemory.allocateShared,";
  }

  private TensorView placed(TensorView view) {
    TensorView copy = copies.copyOf(view);
    TensorView placed = copy == null ? view : copy;
    PeerLocation location = PeerLocation.of(placed);
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
  List<PeerSegment> segments() {
    return List.copyOf(segments.values());
  }

  /** Whether peers may have it to write: all of it is where the kernel lets them. */
  boolean isWritable() {
    return copies.isEmpty()
        && segments.values().stream().allMatch(PeerSegment::isWritable)
        && object.views().stream().noneMatch(TensorView::readOnly);
  }

  /** For a peer. */
  byte[] write(boolean readOnly) {
    return object.write(this::place, readOnly);
  }

  private Place place(TensorView view) {
    if (view.layout().isEmpty()) {
      Device device = view.device().isHostAccessible() ? Device.CPU : view.device();
      return nowhere.computeIfAbsent(device, this::nowhere);
    }
    PeerLocation first = PeerLocation.ofFirst(view);
    return new Place(first.segment().id(), first.offset(), isCopied.test(view));
  }

  private Place nowhere(Device device) {
    PeerSegment segment =
        segments.values().stream()
            .filter(known -> known.device().equals(device))
            .findFirst()
            .orElseGet(() -> copies.nowhere(device));
    segments.putIfAbsent(segment.id(), segment);
    return new Place(segment.id(), 0, false);
  }

  /** Has whoever gets it wait for the work of devices that is queued now. */
  void announce() {
    for (PeerSegment segment : segments.values()) {
      if (segment instanceof PeerSegment.OfDevice known) {
        DeviceRuntimes.of(known.device()).announce(known.share());
      }
    }
  }

  @Override
  public void close() {
    copies.close();
  }
}
