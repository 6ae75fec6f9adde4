package org.dlpack4j.copying;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.dlpack4j.TensorLayout;

/**
 * A copy as nested loops, freed from all that two layouts may have in common: dimensions of one
 * element are gone, those that follow one another on both sides are one, and the target is walked
 * upwards, in steps that become smaller from loop to loop.
 *
 * <p>Positions and steps are counted in bytes; in bits where the kernel is {@link CopyKernel#BITS}.
 */
final class CopyPlan {

  /** From here on a run is copied as such. A shorter one costs less number by number. */
  private static final long WORTH_A_RUN = 64;

  final CopyKernel kernel;

  /** What is moved at once. */
  final int unit;

  /** Outermost first; two at least. */
  final Loop[] loops;

  final long from;
  final long to;

  private CopyPlan(CopyKernel kernel, int unit, Loop[] loops, long from, long to) {
    this.kernel = kernel;
    this.unit = unit;
    this.loops = loops;
    this.from = from;
    this.to = to;
  }

  /**
   * Plans the copy of a tensor with elements.
   *
   * @param bits from one element to the next one that follows it
   * @param from the bit at which element [0, …, 0] of the source begins
   * @param to the bit at which element [0, …, 0] of the target begins
   * @param toLayout of the same shape, no element of it on another one
   */
  static CopyPlan of(int bits, long from, TensorLayout fromLayout, long to, TensorLayout toLayout) {
    List<Loop> loops = new ArrayList<>();
    long fromStart = from;
    long toStart = to;
    for (int axis = 0; axis < toLayout.ndim(); axis++) {
      if (toLayout.shape(axis) == 1) {
        continue;
      }
      Loop loop =
          new Loop(
              toLayout.shape(axis), fromLayout.stride(axis) * bits, toLayout.stride(axis) * bits);
      if (loop.to() < 0) {
        fromStart += (loop.size() - 1) * loop.from();
        toStart += (loop.size() - 1) * loop.to();
        loop = loop.reversed();
      }
      loops.add(loop);
    }
    loops.sort(Comparator.comparingLong(Loop::to).reversed());
    merge(loops);
    long run = bits;
    if (!loops.isEmpty() && loops.getLast().isRunOf(bits)) {
      run *= loops.removeLast().size();
    }
    return isInBytes(run, fromStart, toStart, loops)
        ? inBytes(run / Byte.SIZE, fromStart / Byte.SIZE, toStart / Byte.SIZE, loops)
        : inBits(run, fromStart, toStart, loops);
  }

  private static void merge(List<Loop> loops) {
    for (int i = loops.size() - 1; i > 0; i--) {
      Loop inner = loops.get(i);
      Loop outer = loops.get(i - 1);
      if (outer.continues(inner)) {
        loops.set(i - 1, new Loop(outer.size() * inner.size(), inner.from(), inner.to()));
        loops.remove(i);
      }
    }
  }

  private static boolean isInBytes(long run, long from, long to, List<Loop> loops) {
    return (run | from | to) % Byte.SIZE == 0
        && loops.stream().allMatch(loop -> (loop.from() | loop.to()) % Byte.SIZE == 0);
  }

  private static CopyPlan inBits(long run, long from, long to, List<Loop> loops) {
    loops.add(new Loop(run, 1, 1));
    return new CopyPlan(CopyKernel.BITS, 1, atLeastTwo(loops), from, to);
  }

  private static CopyPlan inBytes(long run, long from, long to, List<Loop> inBits) {
    List<Loop> loops = new ArrayList<>(inBits.stream().map(Loop::inBytes).toList());
    if (run >= WORTH_A_RUN) {
      loops.add(new Loop(run, 1, 1));
      return new CopyPlan(CopyKernel.RUNS, 1, atLeastTwo(loops), from, to);
    }
    int unit = (int) Math.min(Long.lowestOneBit(run), Unit.MOST_BYTES);
    if (run > unit) {
      loops.add(new Loop(run / unit, unit, unit));
    }
    Loop inner = loops.isEmpty() ? Loop.ONCE : loops.getLast();
    if (inner.from() == 0 && inner.to() == unit && inner.size() * unit >= WORTH_A_RUN) {
      return new CopyPlan(CopyKernel.REPEATS, unit, atLeastTwo(loops), from, to);
    }
    boolean transposed = run == unit && bringSourceInwards(loops);
    CopyKernel kernel = transposed ? CopyKernel.TILES : CopyKernel.STEPS;
    return new CopyPlan(kernel, unit, atLeastTwo(loops), from, to);
  }

  /**
   * Makes the loop in which the source moves least the last but one, so that what a cache line of
   * the source brings is used before it goes.
   *
   * @return whether there is such a loop, which is not the innermost already
   */
  private static boolean bringSourceInwards(List<Loop> loops) {
    int last = loops.size() - 1;
    int least = last;
    for (int i = last - 1; i >= 0; i--) {
      long step = Math.abs(loops.get(i).from());
      if (step != 0 && step < Math.abs(loops.get(least).from())) {
        least = i;
      }
    }
    if (least == last) {
      return false;
    }
    loops.add(last - 1, loops.remove(least));
    return true;
  }

  private static Loop[] atLeastTwo(List<Loop> loops) {
    while (loops.size() < 2) {
      loops.addFirst(Loop.ONCE);
    }
    return loops.toArray(Loop[]::new);
  }

  /** A part of this copy: of every loop so many turns, from a certain one on. */
  CopyPlan part(long[] first, long[] sizes) {
    Loop[] parts = new Loop[loops.length];
    long fromStart = from;
    long toStart = to;
    for (int i = 0; i < parts.length; i++) {
      fromStart += first[i] * loops[i].from();
      toStart += first[i] * loops[i].to();
      parts[i] = new Loop(sizes[i], loops[i].from(), loops[i].to());
    }
    return new CopyPlan(kernel, unit, parts, fromStart, toStart);
  }

  /** The last loop but one. */
  Loop outer() {
    return loops[loops.length - 2];
  }

  /** The last loop. */
  Loop inner() {
    return loops[loops.length - 1];
  }

  /** Whether source and target are the same bytes, given that they begin in the same place. */
  boolean isInPlace() {
    return Arrays.stream(loops).allMatch(loop -> loop.from() == loop.to());
  }

  /** How many units are moved. */
  long units() {
    return Arrays.stream(loops).mapToLong(Loop::size).reduce(1, (a, b) -> a * b);
  }

  @Override
  public String toString() {
    return kernel + " of " + unit + " from " + from + " to " + to + " " + Arrays.toString(loops);
  }
}
