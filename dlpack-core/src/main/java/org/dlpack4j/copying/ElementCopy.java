package org.dlpack4j.copying;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.elements.TensorElements;
import org.jspecify.annotations.Nullable;

/** Copies between two tensors, once it is clear that they fit each other. */
final class ElementCopy {

  private final CopySettings settings;
  private final @Nullable CopyProgress progress;

  ElementCopy(CopySettings settings, @Nullable CopyProgress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Copies all elements.
   *
   * @param numberBytes of which each number's bytes are reversed on the way, 1 to leave them
   */
  void copy(TensorElements from, TensorElements to, int numberBytes) {
    requireAlike(from, to);
    requireWritable(to);
    int bits = bits(to);
    if (to.layout().isEmpty() || bits == 0) {
      if (progress != null) {
        progress.progress(0, 0);
      }
      return;
    }
    CopyPlan plan = CopyPlan.of(bits, firstBit(from), from.layout(), firstBit(to), to.layout());
    CopyJob job = CopyJob.copy(plan, settings, from.segment(), to.segment()).swapping(numberBytes);
    if (!overlap(from, to)) {
      job.run(progress);
    } else if (beginTogether(from, to) && plan.isInPlace()) {
      job.inPlace().run(progress);
    } else {
      copyByWayOfAnother(from, to, numberBytes);
    }
  }

  private void copyByWayOfAnother(TensorElements from, TensorElements to, int numberBytes) {
    try (TensorCopy between = TensorCopy.like(from)) {
      new ElementCopy(settings, null).copy(from, between.unguarded(), 1);
      copy(between.unguarded(), to, numberBytes);
    }
  }

  private static void requireAlike(TensorElements from, TensorElements to) {
    if (!from.dataType().equals(to.dataType()) || bits(from) != bits(to)) {
      throw new IllegalArgumentException(
          "to: expected elements of %s as in the source but found %s; a copy converts nothing"
              .formatted(type(from), type(to)));
    }
    if (!Arrays.equals(from.layout().shape(), to.layout().shape())) {
      throw new IllegalArgumentException(
          "to: expected the source's shape %s but found %s"
              .formatted(
                  Arrays.toString(from.layout().shape()), Arrays.toString(to.layout().shape())));
    }
  }

  static void requireWritable(TensorElements to) {
    if (to.isReadOnly()) {
      throw new IllegalArgumentException(
          "to: expected memory to be written but found a read-only segment: " + to);
    }
    if (to.layout().mayOverlap()) {
      throw new IllegalArgumentException(
          "to: expected a place of its own for every element but found several in one: " + to);
    }
  }

  /** Whether any bytes between the outermost elements of both are the same. */
  private static boolean overlap(TensorElements from, TensorElements to) {
    return extent(from).asOverlappingSlice(extent(to)).isPresent();
  }

  /** From the first byte of any element to the last; of a tensor with elements. */
  static MemorySegment extent(TensorElements elements) {
    TensorLayout layout = elements.layout();
    int bits = bits(elements);
    long low = (firstBit(elements) + layout.lowestElement() * bits) / Byte.SIZE;
    long high = (firstBit(elements) + (layout.highestElement() + 1) * bits - 1) / Byte.SIZE;
    return elements.segment().asSlice(low, high - low + 1);
  }

  /** Whether the first elements are the same bits; of tensors that overlap. */
  private static boolean beginTogether(TensorElements from, TensorElements to) {
    return from.segment().address() * Byte.SIZE + firstBit(from)
        == to.segment().address() * Byte.SIZE + firstBit(to);
  }

  private static long firstBit(TensorElements elements) {
    return elements.base() * Byte.SIZE + elements.layout().offset() * bits(elements);
  }

  private static int bits(TensorElements elements) {
    return elements.dataType().strideBits(elements.isPadded());
  }

  private static String type(TensorElements elements) {
    return elements.dataType() + (elements.isPadded() ? ", padded" : "");
  }
}
