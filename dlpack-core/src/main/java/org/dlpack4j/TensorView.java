package org.dlpack4j;

import java.lang.foreign.MemorySegment;

/**
 * A borrowed description of a tensor: what the elements are and where. It owns nothing and keeps
 * nothing alive; an {@link Owner} does.
 *
 * @param address the layout's base: element [0, …, 0] lies {@code layout.offset()} elements after
 *     it; a handle on devices whose memory has no addresses
 * @param dataType what an element is
 * @param device where the bytes are
 * @param layout how the elements lie
 * @param readOnly whether nobody may write through this view
 * @param padded whether each sub-byte number fills whole bytes of its own
 */
public record TensorView(
    long address,
    DataType dataType,
    Device device,
    TensorLayout layout,
    boolean readOnly,
    boolean padded) {

  /**
   * Checks that the elements can be where the view says.
   *
   * @throws IllegalArgumentException if a tensor with elements has no address, the first element is
   *     not on a whole byte, the extent leaves the address space, or the data is a handle with an
   *     offset
   */
  public TensorView {
    if (!layout.isEmpty()) {
      if (address == 0) {
        throw new IllegalArgumentException(
            "data: expected an address for " + layout.elementCount() + " elements but found NULL");
      }
      if (device.hasAddresses()) {
        checkPlaces(address, dataType, layout, padded);
      } else if (layout.offset() != 0) {
        throw new IllegalArgumentException(
            "layout: expected to begin at the handle that data is on %s but found offset %d"
                .formatted(device, layout.offset()));
      }
    }
  }

  private static void checkPlaces(
      long address, DataType dataType, TensorLayout layout, boolean padded) {
    int bits = dataType.strideBits(padded);
    checkReach(address, layout.offset(), bits, 0);
    long first = layout.offset() * bits;
    if (first % Byte.SIZE != 0) {
      throw new IllegalArgumentException(
          "data: expected a first element on a whole byte but found bit %d of one, with %s of %s"
              .formatted(Math.floorMod(first, Byte.SIZE), layout, dataType));
    }
    long data = address + first / Byte.SIZE;
    checkReach(data, layout.highestElement(), bits, Math.max(bits - 1, 0));
    checkReach(data, layout.lowestElement(), bits, 0);
  }

  /** The byte with the given bit of an element must not be on the other side of address 0. */
  private static void checkReach(long from, long element, int bits, int bit) {
    long distance = element * bits;
    long reach = from + Math.floorDiv(distance, Byte.SIZE) + bit / Byte.SIZE;
    boolean fits = Math.multiplyHigh(element, bits) == distance >> (Long.SIZE - 1);
    int direction = element < 0 ? -1 : 1;
    if (!fits || Long.compareUnsigned(reach, from) * direction < 0) {
      throw new IllegalArgumentException(
          "data: expected element %d within the address space but found %d bits each from 0x%x"
              .formatted(element, bits, from));
    }
  }

  /**
   * A row-major tensor in main memory, over the start of a segment.
   *
   * @param segment native memory; read-only makes the view read-only
   * @param dataType what an element is
   * @param shape the size of every dimension; none for a scalar
   * @return the view
   * @throws IllegalArgumentException if the segment is on the heap or too small
   */
  public static TensorView of(MemorySegment segment, DataType dataType, long... shape) {
    return of(segment, dataType, TensorLayout.contiguous(shape));
  }

  /**
   * A tensor in main memory, laid out from the start of a segment.
   *
   * @param segment native memory; read-only makes the view read-only
   * @param dataType what an element is
   * @param layout how the elements lie; all of them within the segment
   * @return the view
   * @throws IllegalArgumentException if the segment is on the heap or too small
   */
  public static TensorView of(MemorySegment segment, DataType dataType, TensorLayout layout) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          "segment: expected native memory but found "
              + segment
              + "; allocate it in an Arena, as the garbage collector moves arrays");
    }
    if (!layout.isEmpty()) {
      long low = layout.offset() + layout.lowestElement();
      long high = layout.offset() + layout.highestElement();
      if (low < 0 || high >= capacity(segment, dataType)) {
        throw new IllegalArgumentException(
            "segment: expected bytes for elements %d to %d of %s but found %d bytes"
                .formatted(low, high, dataType, segment.byteSize()));
      }
    }
    return new TensorView(
        segment.address(), dataType, Device.CPU, layout, segment.isReadOnly(), false);
  }

  /** How many elements fit; computed without the bits of all of them, which may not fit a long. */
  private static long capacity(MemorySegment segment, DataType dataType) {
    int bits = dataType.elementBits();
    long bytes = segment.byteSize();
    if (bits == 0 || bytes / bits >= Long.MAX_VALUE / Byte.SIZE) {
      return Long.MAX_VALUE;
    }
    return bytes / bits * Byte.SIZE + bytes % bits * Byte.SIZE / bits;
  }

  /**
   * The address of element [0, …, 0].
   *
   * @return 0 if there are no elements
   */
  public long dataAddress() {
    if (layout.isEmpty()) {
      return 0;
    }
    return address + layout.offset() * dataType.strideBits(padded) / Byte.SIZE;
  }

  /**
   * Whether the first element is where a consumer may read a number at once. Strides count
   * elements, so the others then are, too.
   *
   * @return true also if there are no elements, or the data is a handle
   */
  public boolean isAligned() {
    return (dataAddress() & (dataType.alignment() - 1)) == 0 || !device.hasAddresses();
  }

  /**
   * The same memory under another layout, such as a slice or a transpose of this one's.
   *
   * @param newLayout a view of {@link #layout()}
   * @return the view
   */
  public TensorView withLayout(TensorLayout newLayout) {
    return new TensorView(address, dataType, device, newLayout, readOnly, padded);
  }

  /**
   * The same tensor, not to be written.
   *
   * @return the view
   */
  public TensorView asReadOnly() {
    return new TensorView(address, dataType, device, layout, true, padded);
  }

  /** Such as {@code float32[2, 3] on cpu at 0x7f…}. */
  @Override
  public String toString() {
    return dataType
        + layout.toString()
        + " on "
        + device
        + " at 0x"
        + Long.toHexString(dataAddress())
        + (readOnly ? ", read-only" : "")
        + (padded ? ", padded" : "");
  }
}
