package org.dlpack4j.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dlpack4j.Device;
import org.dlpack4j.TensorView;

/**
 * A copy that can be done: source and target fit, and are where the driver says.
 *
 * @param from the source
 * @param to the target
 * @param mainMemory which of them lies in main memory that is not pinned
 * @param rectangles what is copied
 */
record CopyPlan(TensorView from, TensorView to, Side mainMemory, List<Rectangle> rectangles) {

  /** A side of a copy. */
  enum Side {
    NEITHER,
    FROM,
    TO
  }

  /**
   * Plans a copy.
   *
   * @throws IllegalArgumentException if the two do not fit, or the driver says otherwise
   */
  static CopyPlan of(TensorView from, TensorView to) {
    requireFit(from, to);
    boolean fromMain = isMainMemory(from);
    boolean toMain = isMainMemory(to);
    if (fromMain && toMain) {
      throw new IllegalArgumentException(
          "copy: expected memory of CUDA on one side but found %s to %s; org.dlpack4j.copying"
                  .formatted(from, to)
              + " copies main memory");
    }
    Side side = fromMain ? Side.FROM : toMain ? Side.TO : Side.NEITHER;
    return new CopyPlan(from, to, side, Rectangles.of(from, to));
  }

  private static void requireFit(TensorView from, TensorView to) {
    boolean fits =
        from.dataType().equals(to.dataType())
            && from.padded() == to.padded()
            && Arrays.equals(from.layout().shape(), to.layout().shape())
            && !to.layout().mayOverlap()
            && !to.readOnly();
    if (!fits) {
      throw new IllegalArgumentException(
          "copy: expected a writable tensor of the same type and shape, with a place for each"
              + " element, but found %s to %s".formatted(from, to));
    }
    if (Ranges.overlap(from, to)) {
      throw new IllegalArgumentException(
          "copy: expected a target in other memory but found %s to %s; copy to a third place first"
              .formatted(from, to));
    }
  }

  /** Whether no device reaches it. Memory of CUDA's is what the driver says, or refused. */
  private static boolean isMainMemory(TensorView view) {
    if (view.device().equals(Device.CPU)) {
      return !view.layout().isEmpty()
          && Pointers.locate(view.dataAddress())
              .filter(memory -> Ranges.isWithin(view, memory.base(), memory.byteSize()))
              .isEmpty();
    }
    Verification.verified(view);
    return false;
  }

  long bytes() {
    return from.dataType().storageBytes(from.layout().elementCount(), from.padded());
  }

  /** The devices whose memory it is. */
  Stream<Integer> ordinals() {
    return Stream.of(from, to)
        .map(TensorView::device)
        .filter(device -> device.type() == Device.Type.CUDA)
        .map(Device::id)
        .distinct();
  }
}
