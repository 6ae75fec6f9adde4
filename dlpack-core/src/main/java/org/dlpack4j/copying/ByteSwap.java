package org.dlpack4j.copying;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Reverses the bytes of numbers where they lie. */
final class ByteSwap {

  private static final int BUFFER = 512;
  private static final long EVEN_BYTES = 0x00FF00FF00FF00FFL;

  /** Of each number; 2, 4 or 8. */
  private final int bytes;

  /** An array, as the compiler cannot know that two segments do not overlap. */
  private final long[] buffer = new long[BUFFER];

  ByteSwap(int bytes) {
    this.bytes = bytes;
  }

  /** Swaps the numbers of a plan's target. */
  void swap(CopyPlan plan, MemorySegment to) {
    Loop inner = plan.loops[plan.loops.length - 1];
    boolean isRun = inner.to() == plan.unit;
    swap(plan, 0, isRun ? plan.loops.length - 1 : plan.loops.length, to, plan.to);
  }

  private void swap(CopyPlan plan, int depth, int depths, MemorySegment to, long at) {
    if (depth == depths) {
      boolean isRun = depths < plan.loops.length;
      swap(to, at, isRun ? plan.loops[depth].size() * plan.unit : plan.unit);
      return;
    }
    Loop loop = plan.loops[depth];
    for (long i = 0; i < loop.size(); i++) {
      swap(plan, depth + 1, depths, to, at + i * loop.to());
    }
  }

  private void swap(MemorySegment segment, long from, long length) {
    long end = from + length;
    for (long at = from; at < end; at += (long) BUFFER * Long.BYTES) {
      long block = Math.min((long) BUFFER * Long.BYTES, end - at);
      int whole = (int) (block / Long.BYTES);
      MemorySegment.copy(segment, JAVA_LONG_UNALIGNED, at, buffer, 0, whole);
      swapBuffer(whole);
      MemorySegment.copy(buffer, 0, segment, JAVA_LONG_UNALIGNED, at, whole);
      swapRest(segment, at + (long) whole * Long.BYTES, block % Long.BYTES);
    }
  }

  private void swapBuffer(int count) {
    switch (bytes) {
      case Short.BYTES -> {
        for (int i = 0; i < count; i++) {
          long word = buffer[i];
          buffer[i] = ((word & EVEN_BYTES) << Byte.SIZE) | ((word >>> Byte.SIZE) & EVEN_BYTES);
        }
      }
      case Integer.BYTES -> {
        for (int i = 0; i < count; i++) {
          long word = Long.reverseBytes(buffer[i]);
          buffer[i] = Long.rotateLeft(word, Integer.SIZE);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          buffer[i] = Long.reverseBytes(buffer[i]);
        }
      }
    }
  }

  /** What is no whole word: fewer than four numbers of two bytes, or one of four. */
  private void swapRest(MemorySegment segment, long from, long length) {
    for (long at = from; at < from + length; at += bytes) {
      for (long low = at, high = at + bytes - 1; low < high; low++, high--) {
        byte first = segment.get(JAVA_BYTE, low);
        byte last = segment.get(JAVA_BYTE, high);
        segment.set(JAVA_BYTE, low, last);
        segment.set(JAVA_BYTE, high, first);
      }
    }
  }
}
