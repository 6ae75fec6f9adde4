package org.dlpack4j.cuda;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.dlpack4j.TensorView;

/** What two layouts come to when their elements are copied: few rectangles, or none at all. */
final class Rectangles {

  /** More calls than these take longer than another way to copy. */
  private static final long MOST = 1024;

  /** What the driver takes for a distance between rows. */
  private static final long MOST_PITCH = Integer.MAX_VALUE;

  private final TensorView from;
  private final TensorView to;
  private final List<Loop> loops = new ArrayList<>();
  private final List<Rectangle> rectangles = new ArrayList<>();

  /** A dimension, with the bytes from one index to the next. */
  private record Loop(long size, long from, long to) {

    boolean continues(Loop inner) {
      return from == inner.size * inner.from && to == inner.size * inner.to;
    }

    boolean isRows(long width) {
      return Math.min(from, to) >= width && Math.max(from, to) <= MOST_PITCH;
    }
  }

  private Rectangles(TensorView from, TensorView to) {
    this.from = from;
    this.to = to;
  }

  /**
   * The rectangles of a copy.
   *
   * @param from any layout
   * @param to of the same type and shape, no element on another one
   * @throws IllegalArgumentException if there would be too many of them
   */
  static List<Rectangle> of(TensorView from, TensorView to) {
    if (from.layout().isEmpty()) {
      return List.of();
    }
    if (from.layout().isContiguous() && to.layout().isContiguous()) {
      long bytes = from.dataType().storageBytes(from.layout().elementCount(), from.padded());
      return List.of(Rectangle.plain(from.dataAddress(), to.dataAddress(), bytes));
    }
    Rectangles result = new Rectangles(from, to);
    result.plan();
    return result.rectangles;
  }

  private void plan() {
    int bits = from.dataType().strideBits(from.padded());
    if (bits % Byte.SIZE != 0) {
      throw refused("elements of %d bits".formatted(bits));
    }
    long unit = bits / Byte.SIZE;
    for (int axis = 0; axis < to.layout().ndim(); axis++) {
      if (to.layout().shape(axis) > 1) {
        loops.add(
            new Loop(
                to.layout().shape(axis),
                from.layout().stride(axis) * unit,
                to.layout().stride(axis) * unit));
      }
    }
    loops.sort(Comparator.comparingLong((Loop loop) -> Math.abs(loop.to())).reversed());
    merge();
    long width = unit;
    if (!loops.isEmpty() && loops.getLast().from() == unit && loops.getLast().to() == unit) {
      width *= loops.removeLast().size();
    }
    Loop rows = takeRows(width);
    long count = loops.stream().mapToLong(Loop::size).reduce(1, Rectangles::timesAtMost);
    if (count > MOST) {
      throw refused("more than %d rows or planes, each at a distance of its own".formatted(MOST));
    }
    add(0, from.dataAddress(), to.dataAddress(), width, rows);
  }

  private static long timesAtMost(long a, long b) {
    return Math.multiplyHigh(a, b) != 0 ? Long.MAX_VALUE : Math.min(a * b, MOST + 1);
  }

  private void merge() {
    for (int i = loops.size() - 1; i > 0; i--) {
      Loop inner = loops.get(i);
      if (loops.get(i - 1).continues(inner)) {
        loops.set(
            i - 1, new Loop(loops.get(i - 1).size() * inner.size(), inner.from(), inner.to()));
        loops.remove(i);
      }
    }
  }

  /** The longest dimension that the driver copies in one call. */
  private Loop takeRows(long width) {
    return loops.stream()
        .filter(loop -> loop.isRows(width))
        .max(Comparator.comparingLong(Loop::size))
        .map(
            loop -> {
              loops.remove(loop);
              return loop;
            })
        .orElse(new Loop(1, width, width));
  }

  private void add(int depth, long source, long target, long width, Loop rows) {
    if (depth == loops.size()) {
      rectangles.add(new Rectangle(source, target, width, rows.size(), rows.from(), rows.to()));
      return;
    }
    Loop loop = loops.get(depth);
    for (long i = 0; i < loop.size(); i++) {
      add(depth + 1, source + i * loop.from(), target + i * loop.to(), width, rows);
    }
  }

  private IllegalArgumentException refused(String found) {
    return new IllegalArgumentException(
        ("copy: expected rows that lie at one distance but found %s in %s to %s; have a library"
                + " for the device make it contiguous, or copy all that it is a part of")
            .formatted(found, from, to));
  }
}
