package org.dlpack4j.copying;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.internal.Flight;
import org.dlpack4j.internal.PeriodicEvents;
import org.jspecify.annotations.Nullable;

/**
 * Copies of tensors, from any layout to any other. Nothing here converts numbers.
 *
 * <p>Large copies are shared with idle threads of the common pool, whatever arenas the memory is
 * of; the caller returns when all of them are done. If a shared arena is closed meanwhile, the copy
 * throws as any other access would.
 *
 * <p>Source and target may overlap: the target then gets what the source was, by way of a third
 * place in memory as large as the tensor, unless they are the same elements. The target must be
 * writable and have a place of its own for every element. A copy that throws may have written some
 * of the target.
 */
public final class Copies {

  private static final LongAdder COPIES = new LongAdder();
  private static final LongAdder BYTES = new LongAdder();

  static {
    if (Flight.AVAILABLE) {
      PeriodicEvents.add(CopyStatisticsEvent.class, CopyStatisticsEvent::report);
    }
  }

  private Copies() {}

  /**
   * Copies all elements.
   *
   * @param from the source
   * @param to the target, of the same type and shape
   * @throws IllegalArgumentException if type or shape differ, or the target cannot be written
   * @throws OutOfMemoryError if both overlap and there is no memory for a third
   */
  public static void copy(TensorElements from, TensorElements to) {
    copy("copy", from, to, 1, null);
  }

  /**
   * Copies all elements and tells how far it is.
   *
   * @param from the source
   * @param to the target, of the same type and shape
   * @param progress who is told, on this thread
   * @throws IllegalArgumentException if type or shape differ, or the target cannot be written
   * @throws OutOfMemoryError if both overlap and there is no memory for a third
   */
  public static void copy(TensorElements from, TensorElements to, CopyProgress progress) {
    copy("copy", from, to, 1, progress);
  }

  /**
   * Copies all elements to new memory, row-major and aligned to 64 bytes at least.
   *
   * @param from the source
   * @return the copy, to be exported or closed by the caller
   * @throws OutOfMemoryError if there is no memory
   */
  public static TensorCopy contiguous(TensorElements from) {
    return newCopy(from, null);
  }

  /**
   * Copies all elements to new memory, row-major, and tells how far it is.
   *
   * @param from the source
   * @param progress who is told, on this thread
   * @return the copy, to be exported or closed by the caller; nothing is left behind if this throws
   * @throws OutOfMemoryError if there is no memory
   */
  public static TensorCopy contiguous(TensorElements from, CopyProgress progress) {
    return newCopy(from, progress);
  }

  /**
   * Copies all elements, each number's bytes in reverse order: of complex numbers those of each
   * half. Numbers of one byte are just copied.
   *
   * @param from the source; the same elements as the target to swap them where they are
   * @param to the target, of the same type and shape
   * @throws IllegalArgumentException if the numbers have not 1, 2, 4 or 8 bytes, type or shape
   *     differ, or the target cannot be written
   * @throws OutOfMemoryError if both overlap otherwise and there is no memory for a third
   */
  public static void swapBytes(TensorElements from, TensorElements to) {
    DataType dataType = from.dataType();
    int bits = dataType.code() == Code.COMPLEX ? dataType.bits() / 2 : dataType.bits();
    if (bits < Byte.SIZE || bits > Long.SIZE || Integer.bitCount(bits) != 1) {
      throw new IllegalArgumentException(
          "dtype: expected numbers of 1, 2, 4 or 8 bytes to swap but found " + dataType);
    }
    copy("swapBytes", from, to, bits / Byte.SIZE, null);
  }

  /**
   * Writes a bool for every bit, such as Arrow's, which has the first in the lowest bit of a byte.
   *
   * @param bits where the bits are; elsewhere than the bools
   * @param firstBit the first of them, counted from the start of the segment
   * @param to bools, which become 0 or 1, in row-major order
   * @throws IllegalArgumentException if the target has no bools or cannot be written, or overlaps
   *     with the bits
   * @throws IndexOutOfBoundsException if the segment has fewer bits
   */
  public static void unpackBits(MemorySegment bits, long firstBit, TensorElements to) {
    checkBits(bits, firstBit, to);
    ElementCopy.requireWritable(to);
    CopyEvent event = begun("unpackBits", to);
    long count = to.layout().elementCount();
    if (to.layout().isContiguous()) {
      BoolBits.unpack(bits, firstBit, to.segment(), to.firstElementOffset(), count);
    } else {
      try (TensorCopy between = TensorCopy.like(to)) {
        BoolBits.unpack(bits, firstBit, between.unguarded().segment(), 0, count);
        new ElementCopy(CopySettings.usual(), null).copy(between.unguarded(), to, 1);
      }
    }
    count(event, count);
  }

  /**
   * Writes a bit for every bool, the first in the lowest bit of a byte. No other bits are changed,
   * but those of the same byte must not be written by another thread meanwhile.
   *
   * @param from bools in row-major order; whatever is not 0 is true
   * @param bits where the bits go; elsewhere than the bools
   * @param firstBit the first of them, counted from the start of the segment
   * @throws IllegalArgumentException if the source has no bools, the segment is read-only, or
   *     overlaps with the bools
   * @throws IndexOutOfBoundsException if the segment has fewer bits
   */
  public static void packBits(TensorElements from, MemorySegment bits, long firstBit) {
    checkBits(bits, firstBit, from);
    CopyEvent event = begun("packBits", from);
    long count = from.layout().elementCount();
    if (from.layout().isContiguous()) {
      BoolBits.pack(from.segment(), from.firstElementOffset(), count, bits, firstBit);
    } else {
      try (TensorCopy between = TensorCopy.like(from)) {
        new ElementCopy(CopySettings.usual(), null).copy(from, between.unguarded(), 1);
        BoolBits.pack(between.unguarded().segment(), 0, count, bits, firstBit);
      }
    }
    count(event, Math.ceilDiv(count, Byte.SIZE));
  }

  /**
   * Copies bits from any place in a byte to any other, the first in the lowest bit of a byte. No
   * other bits are changed, but those of the same bytes must not be written by another thread
   * meanwhile.
   *
   * @param from where the bits are
   * @param fromBit the first of them, counted from the start of the segment
   * @param to where they go; elsewhere than they are
   * @param toBit the place of the first, counted from the start of the segment
   * @param count how many
   * @throws IllegalArgumentException if the target is read-only or overlaps with the source
   * @throws IndexOutOfBoundsException if a segment has fewer bits
   */
  public static void copyBits(
      MemorySegment from, long fromBit, MemorySegment to, long toBit, long count) {
    requireBits(from, fromBit, count);
    requireBits(to, toBit, count);
    if (count == 0) {
      return;
    }
    if (run(from, fromBit, count).asOverlappingSlice(run(to, toBit, count)).isPresent()) {
      throw new IllegalArgumentException(
          "to: expected other memory than the bits' own but found " + from + " and " + to);
    }
    CopyEvent event = Flight.AVAILABLE ? CopyEvent.begun("copyBits", count) : null;
    Bits.copy(from, fromBit, to, toBit, count);
    count(event, Math.ceilDiv(count, Byte.SIZE));
  }

  private static void requireBits(MemorySegment bits, long firstBit, long count) {
    if (firstBit < 0 || count < 0 || count > bits.byteSize() * Byte.SIZE - firstBit) {
      throw new IndexOutOfBoundsException(
          "bits: expected %d from bit %d on but found a segment of %d bytes"
              .formatted(count, firstBit, bits.byteSize()));
    }
  }

  private static MemorySegment run(MemorySegment bits, long firstBit, long count) {
    return bits.asSlice(
        firstBit / Byte.SIZE, Math.ceilDiv(firstBit % Byte.SIZE + count, Byte.SIZE));
  }

  private static void checkBits(MemorySegment bits, long firstBit, TensorElements bools) {
    if (bools.dataType().code() != Code.BOOL || bools.dataType().bits() != Byte.SIZE) {
      throw new IllegalArgumentException(
          "dtype: expected bool of a byte each but found " + bools.dataType());
    }
    long count = bools.layout().elementCount();
    requireBits(bits, firstBit, count);
    if (count == 0) {
      return;
    }
    if (run(bits, firstBit, count).asOverlappingSlice(ElementCopy.extent(bools)).isPresent()) {
      throw new IllegalArgumentException(
          "bits: expected other memory than the bools' but found " + bits + " and " + bools);
    }
  }

  /**
   * Writes one value to all elements.
   *
   * @param to integers, bools or floating point numbers, which are rounded once
   * @param value the value, 0 or 1 for bools; for uint64 its bits
   * @throws IllegalArgumentException if the type is another or does not hold the value, or the
   *     target cannot be written
   */
  public static void fill(TensorElements to, long value) {
    switch (to.dataType().code()) {
      case Code.INT, Code.UINT, Code.BOOL -> fill(to, element -> element.setLong(value));
      default -> fill(to, (double) value);
    }
  }

  /**
   * Writes one value to all elements.
   *
   * @param to floating point numbers
   * @param value the value, rounded once
   * @throws IllegalArgumentException if the type is another or the target cannot be written
   */
  public static void fill(TensorElements to, double value) {
    fill(to, element -> element.setDouble(value));
  }

  private static void fill(TensorElements to, Consumer<TensorElements> setter) {
    DataType dataType = to.dataType();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(dataType.storageBytes(1, to.isPadded()));
      TensorElements element =
          TensorElements.of(memory, 0, dataType, TensorLayout.contiguous(), to.isPadded());
      setter.accept(element);
      TensorLayout repeated = element.layout().broadcast(to.layout().shape());
      new ElementCopy(CopySettings.usual(), null).copy(element.withLayout(repeated), to, 1);
    }
  }

  /**
   * What was copied by this class. Filling is no copy.
   *
   * @return the counts since the JVM started
   */
  public static CopyStatistics statistics() {
    return new CopyStatistics(COPIES.sum(), BYTES.sum());
  }

  private static TensorCopy newCopy(TensorElements from, @Nullable CopyProgress progress) {
    TensorCopy copy = TensorCopy.like(from);
    try {
      copy("contiguous", from, copy.unguarded(), 1, progress);
      return copy;
    } catch (Throwable e) {
      copy.close();
      throw e;
    }
  }

  private static void copy(
      String operation,
      TensorElements from,
      TensorElements to,
      int numberBytes,
      @Nullable CopyProgress progress) {
    CopyEvent event = begun(operation, from);
    new ElementCopy(CopySettings.usual(), progress).copy(from, to, numberBytes);
    count(event, to.dataType().storageBytes(to.layout().elementCount(), to.isPadded()));
  }

  private static @Nullable CopyEvent begun(String operation, TensorElements tensor) {
    return Flight.AVAILABLE ? CopyEvent.begun(operation, tensor) : null;
  }

  private static void count(@Nullable CopyEvent event, long bytes) {
    COPIES.increment();
    BYTES.add(bytes);
    if (event != null) {
      CopyEvent.end(event, bytes);
    }
  }
}
