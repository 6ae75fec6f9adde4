package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Bytes to copy: rows of one width, which lie at one distance on each side.
 *
 * @param from where the first row is
 * @param to where it goes
 * @param width bytes of a row
 * @param height how many rows
 * @param fromPitch from the start of a row to that of the next one
 * @param toPitch the same where they go
 */
record Rectangle(long from, long to, long width, long height, long fromPitch, long toPitch) {

  // CUDA_MEMCPY2D: each side's memory type and address, its pitch, and the size.
  private static final long STRUCT_BYTES = 128;
  private static final long FROM_TYPE = 16;
  private static final long FROM_ADDRESS = 32;
  private static final long FROM_PITCH = 48;
  private static final long TO_TYPE = 72;
  private static final long TO_ADDRESS = 88;
  private static final long TO_PITCH = 104;
  private static final long WIDTH = 112;
  private static final long HEIGHT = 120;
  private static final int CU_MEMORYTYPE_UNIFIED = 4;

  /** Bytes in a row. */
  static Rectangle plain(long from, long to, long bytes) {
    return new Rectangle(from, to, bytes, 1, bytes, bytes);
  }

  long bytes() {
    return width * height;
  }

  private boolean isPlain() {
    return height == 1 || (fromPitch == width && toPitch == width);
  }

  /** The same bytes from elsewhere, where they are without gaps. */
  Rectangle fromDense(long address) {
    return new Rectangle(address, to, width, height, width, toPitch);
  }

  /** The same bytes to elsewhere, where they will be without gaps. */
  Rectangle toDense(long address) {
    return new Rectangle(from, address, width, height, fromPitch, width);
  }

  /** Queues the copy; the stream's context is current. */
  void queue(long stream) {
    if (isPlain()) {
      CudaException.call(CudaDriver.cuMemcpyAsync, to, from, bytes(), stream);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(STRUCT_BYTES, Long.BYTES);
      copy.set(JAVA_INT, FROM_TYPE, CU_MEMORYTYPE_UNIFIED);
      copy.set(JAVA_LONG, FROM_ADDRESS, from);
      copy.set(JAVA_LONG, FROM_PITCH, fromPitch);
      copy.set(JAVA_INT, TO_TYPE, CU_MEMORYTYPE_UNIFIED);
      copy.set(JAVA_LONG, TO_ADDRESS, to);
      copy.set(JAVA_LONG, TO_PITCH, toPitch);
      copy.set(JAVA_LONG, WIDTH, width);
      copy.set(JAVA_LONG, HEIGHT, height);
      CudaException.call(CudaDriver.cuMemcpy2DAsync_v2, copy.address(), stream);
    }
  }

  /** Copies by this thread. */
  void copy(MemorySegment all) {
    if (isPlain()) {
      MemorySegment.copy(all, from, all, to, bytes());
      return;
    }
    for (long row = 0; row < height; row++) {
      MemorySegment.copy(all, from + row * fromPitch, all, to + row * toPitch, width);
    }
  }

  /** Cut into pieces, in order: whole rows, or parts of one. */
  void forEachPiece(long mostBytes, Consumer<Rectangle> action) {
    if (isPlain()) {
      for (long at = 0; at < bytes(); at += mostBytes) {
        action.accept(plain(from + at, to + at, Math.min(mostBytes, bytes() - at)));
      }
    } else if (width > mostBytes) {
      for (long row = 0; row < height; row++) {
        plain(from + row * fromPitch, to + row * toPitch, width).forEachPiece(mostBytes, action);
      }
    } else {
      long rows = mostBytes / width;
      for (long row = 0; row < height; row += rows) {
        action.accept(
            new Rectangle(
                from + row * fromPitch,
                to + row * toPitch,
                width,
                Math.min(rows, height - row),
                fromPitch,
                toPitch));
      }
    }
  }
}
