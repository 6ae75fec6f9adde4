package org.dlpack4j.elements;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.dlpack4j.TensorLayout;

/**
 * The elements of a tensor in memory that Java may read: typed access by index. It owns nothing;
 * the segment's own scope, thread and bounds guard every access. Immutable.
 *
 * <p>A vector type appears as its numbers, in one more dimension, the last. Nothing need be
 * aligned; packed sub-byte elements share bytes, the lowest bits first, so two threads must not
 * write elements of one byte at once. What a type has no answer for is refused with an {@link
 * IllegalArgumentException} that names the method to use.
 */
public final class TensorElements {

  private final MemorySegment segment;
  private final long base;
  private final ElementCodec codec;
  private final TensorLayout layout;
  private final boolean padded;

  // Of the layout, where one and two indices need no array.
  private final int ndim;
  private final long first;
  private final long size0;
  private final long stride0;
  private final long size1;
  private final long stride1;

  private TensorElements(
      MemorySegment segment, long base, ElementCodec codec, TensorLayout layout, boolean padded) {
    ElementBounds.check(segment, base, codec, layout);
    this.segment = segment;
    this.base = base;
    this.codec = codec;
    this.layout = layout;
    this.padded = padded;
    ndim = layout.ndim();
    first = layout.offset();
    size0 = ndim > 0 ? layout.shape(0) : 0;
    stride0 = ndim > 0 ? layout.stride(0) : 0;
    size1 = ndim > 1 ? layout.shape(1) : 0;
    stride1 = ndim > 1 ? layout.stride(1) : 0;
  }

  /**
   * The elements that lie anywhere in a segment.
   *
   * @param segment memory of any kind, to be read and, unless read-only, written
   * @param base the byte in the segment where element 0 of the layout's base lies; negative strides
   *     may reach below it
   * @param dataType what an element is; lanes become one more dimension
   * @param layout how the elements lie
   * @param padded whether each sub-byte number fills whole bytes of its own
   * @return the elements
   * @throws IllegalArgumentException if not every one lies within the segment; none always do
   */
  public static TensorElements of(
      MemorySegment segment, long base, DataType dataType, TensorLayout layout, boolean padded) {
    TensorLayout numbers = dataType.lanes() == 1 ? layout : layout.split(dataType.lanes());
    return new TensorElements(segment, base, ElementCodec.of(dataType, padded), numbers, padded);
  }

  /**
   * The elements that lie packed from the start of a segment.
   *
   * @param segment memory of any kind, to be read and, unless read-only, written
   * @param dataType what an element is; lanes become one more dimension
   * @param layout how the elements lie
   * @return the elements
   * @throws IllegalArgumentException if not every one lies within the segment; none always do
   */
  public static TensorElements of(MemorySegment segment, DataType dataType, TensorLayout layout) {
    return of(segment, 0, dataType, layout, false);
  }

  /**
   * What an element is.
   *
   * @return a type of one lane
   */
  public DataType dataType() {
    return codec.dataType();
  }

  /**
   * How the elements lie.
   *
   * @return the layout, with the lanes as its last dimension where there were any
   */
  public TensorLayout layout() {
    return layout;
  }

  /**
   * Where the elements lie.
   *
   * @return the segment as given
   */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * Whether each sub-byte number fills whole bytes of its own.
   *
   * @return as given
   */
  public boolean isPadded() {
    return padded;
  }

  /**
   * Whether the memory refuses to be written.
   *
   * @return true if the segment is read-only
   */
  public boolean isReadOnly() {
    return segment.isReadOnly();
  }

  /**
   * The byte in the segment where element 0 of the layout's base lies.
   *
   * @return the byte as given
   */
  public long base() {
    return base;
  }

  /**
   * The byte in the segment where element [0, …, 0] begins, or in which it does if it is packed.
   *
   * @return the byte; the base if there are no elements
   */
  public long firstElementOffset() {
    return layout.isEmpty() ? base : codec.byteOf(base, first);
  }

  /** What reads and writes one element. */
  ElementCodec codec() {
    return codec;
  }

  /**
   * Other elements of the same memory.
   *
   * @param newLayout such as a slice or a transpose of {@link #layout()}
   * @return the elements
   * @throws IllegalArgumentException if not every one lies within the segment
   */
  public TensorElements withLayout(TensorLayout newLayout) {
    return new TensorElements(segment, base, codec, newLayout, padded);
  }

  /**
   * The real parts of complex numbers.
   *
   * @return floating point numbers in the same memory, every second one
   * @throws IllegalArgumentException if the type is not complex
   */
  public TensorElements real() {
    return part(0, "real()");
  }

  /**
   * The imaginary parts of complex numbers.
   *
   * @return floating point numbers in the same memory, every second one
   * @throws IllegalArgumentException if the type is not complex
   */
  public TensorElements imaginary() {
    return part(1, "imaginary()");
  }

  private TensorElements part(int half, String method) {
    DataType dataType = dataType();
    if (dataType.code() != Code.COMPLEX || dataType.bits() % 2 != 0) {
      throw codec.refused(method);
    }
    DataType number = new DataType(Code.FLOAT, dataType.bits() / 2, 1);
    TensorLayout halves = layout.isEmpty() ? layout : layout.split(2).select(ndim, half);
    return new TensorElements(segment, base, ElementCodec.of(number, padded), halves, padded);
  }

  /**
   * Java's own layout of one element, for reading the segment directly. Unsigned integers have that
   * of the signed ones, so reading gives their bits.
   *
   * @return an unaligned layout unless every element is aligned
   * @throws IllegalArgumentException if Java has none: the type is not an integer of 8, 16, 32 or
   *     64 bits, float32, float64 or bool
   */
  public ValueLayout valueLayout() {
    return ElementBounds.valueLayout(this);
  }

  /**
   * Reads an integer or a bool.
   *
   * @param index one for each dimension
   * @return its value, 0 or 1 for a bool; of uint64 the bits, to be taken as unsigned
   * @throws IllegalArgumentException if the type is neither, or the number of indices is wrong
   * @throws IndexOutOfBoundsException if an index is outside
   */
  public long getLong(long... index) {
    return codec.getLong(segment, base, at(index));
  }

  /**
   * Reads an integer or a bool of a tensor of one dimension.
   *
   * @param index the index
   * @return as {@link #getLong(long...)}
   */
  public long getLong(long index) {
    return codec.getLong(segment, base, at(index));
  }

  /**
   * Reads an integer or a bool of a tensor of two dimensions.
   *
   * @param row the first index
   * @param column the second index
   * @return as {@link #getLong(long...)}
   */
  public long getLong(long row, long column) {
    return codec.getLong(segment, base, at(row, column));
  }

  /**
   * Reads a real number.
   *
   * @param index one for each dimension
   * @return its value; integers beyond 2^53 are rounded, uint64 is taken as unsigned
   * @throws IllegalArgumentException if the type is not one of real numbers, or the number of
   *     indices is wrong
   * @throws IndexOutOfBoundsException if an index is outside
   */
  public double getDouble(long... index) {
    return codec.getDouble(segment, base, at(index));
  }

  /**
   * Reads a real number of a tensor of one dimension.
   *
   * @param index the index
   * @return as {@link #getDouble(long...)}
   */
  public double getDouble(long index) {
    return codec.getDouble(segment, base, at(index));
  }

  /**
   * Reads a real number of a tensor of two dimensions.
   *
   * @param row the first index
   * @param column the second index
   * @return as {@link #getDouble(long...)}
   */
  public double getDouble(long row, long column) {
    return codec.getDouble(segment, base, at(row, column));
  }

  /**
   * Reads a bool.
   *
   * @param index one for each dimension
   * @return true unless all its bits are 0
   * @throws IllegalArgumentException if the type is not bool, or the number of indices is wrong
   * @throws IndexOutOfBoundsException if an index is outside
   */
  public boolean getBoolean(long... index) {
    return codec.getBoolean(segment, base, at(index));
  }

  /**
   * Reads a bool of a tensor of one dimension.
   *
   * @param index the index
   * @return as {@link #getBoolean(long...)}
   */
  public boolean getBoolean(long index) {
    return codec.getBoolean(segment, base, at(index));
  }

  /**
   * Reads a bool of a tensor of two dimensions.
   *
   * @param row the first index
   * @param column the second index
   * @return as {@link #getBoolean(long...)}
   */
  public boolean getBoolean(long row, long column) {
    return codec.getBoolean(segment, base, at(row, column));
  }

  /**
   * Writes an integer or a bool.
   *
   * @param value the value, 0 or 1 for a bool; for uint64 its bits
   * @param index one for each dimension
   * @throws IllegalArgumentException if the type is neither or does not hold the value, the number
   *     of indices is wrong, or the segment is read-only
   * @throws IndexOutOfBoundsException if an index is outside
   */
  public void setLong(long value, long... index) {
    codec.setLong(segment, base, at(index), value);
  }

  /**
   * Writes a floating point number, rounded once, as {@link ElementCodec#setDouble} does.
   *
   * @param value the value
   * @param index one for each dimension
   * @throws IllegalArgumentException if the type is not one of floating point, the number of
   *     indices is wrong, or the segment is read-only
   * @throws IndexOutOfBoundsException if an index is outside
   */
  public void setDouble(double value, long... index) {
    codec.setDouble(segment, base, at(index), value);
  }

  /**
   * Writes a bool.
   *
   * @param value written as 1 or 0
   * @param index one for each dimension
   * @throws IllegalArgumentException if the type is not bool, the number of indices is wrong, or
   *     the segment is read-only
   * @throws IndexOutOfBoundsException if an index is outside
   */
  public void setBoolean(boolean value, long... index) {
    codec.setBoolean(segment, base, at(index), value);
  }

  private long at(long index) {
    if (ndim != 1) {
      throw wrongCount(1);
    }
    if (index < 0 || index >= size0) {
      throw outside(0, index);
    }
    return first + index * stride0;
  }

  private long at(long row, long column) {
    if (ndim != 2) {
      throw wrongCount(2);
    }
    if (row < 0 || row >= size0) {
      throw outside(0, row);
    }
    if (column < 0 || column >= size1) {
      throw outside(1, column);
    }
    return first + row * stride0 + column * stride1;
  }

  private long at(long[] index) {
    if (ndim != index.length) {
      throw wrongCount(index.length);
    }
    long element = first;
    for (int axis = 0; axis < ndim; axis++) {
      if (index[axis] < 0 || index[axis] >= layout.shape(axis)) {
        throw outside(axis, index[axis]);
      }
      element += index[axis] * layout.stride(axis);
    }
    return element;
  }

  private IllegalArgumentException wrongCount(int found) {
    return new IllegalArgumentException(
        "index: expected %d, one for each dimension of %s, but found %d"
            .formatted(ndim, layout, found));
  }

  private IndexOutOfBoundsException outside(int axis, long found) {
    long size = layout.shape(axis);
    return new IndexOutOfBoundsException(
        size == 0
            ? "index of dimension %d: expected none, as its size is 0, but found %d"
                .formatted(axis, found)
            : "index of dimension %d: expected 0 to %d, as its size is %d, but found %d"
                .formatted(axis, size - 1, size, found));
  }

  /**
   * Integers of at most 8 bits, or bools, in row-major order.
   *
   * @return the values; of uint8 the bits
   * @throws IllegalArgumentException if the type is another, or an array cannot hold so many
   */
  public byte[] toByteArray() {
    return new ElementArrays(this).toBytes();
  }

  /**
   * Integers of at most 16 bits, or bools, in row-major order.
   *
   * @return the values; of uint16 the bits
   * @throws IllegalArgumentException if the type is another, or an array cannot hold so many
   */
  public short[] toShortArray() {
    return new ElementArrays(this).toShorts();
  }

  /**
   * Integers of at most 32 bits, or bools, in row-major order.
   *
   * @return the values; of uint32 the bits
   * @throws IllegalArgumentException if the type is another, or an array cannot hold so many
   */
  public int[] toIntArray() {
    return new ElementArrays(this).toInts();
  }

  /**
   * Integers or bools in row-major order.
   *
   * @return the values; of uint64 the bits
   * @throws IllegalArgumentException if the type is another, or an array cannot hold so many
   */
  public long[] toLongArray() {
    return new ElementArrays(this).toLongs();
  }

  /**
   * Floating point numbers of at most 32 bits in row-major order.
   *
   * @return the values, all exact
   * @throws IllegalArgumentException if the type is another, or an array cannot hold so many
   */
  public float[] toFloatArray() {
    return new ElementArrays(this).toFloats();
  }

  /**
   * Real numbers in row-major order.
   *
   * @return the values; integers beyond 2^53 are rounded, uint64 is taken as unsigned
   * @throws IllegalArgumentException if the type is another, or an array cannot hold so many
   */
  public double[] toDoubleArray() {
    return new ElementArrays(this).toDoubles();
  }

  /**
   * Bools in row-major order.
   *
   * @return the values
   * @throws IllegalArgumentException if the type is another, or an array cannot hold so many
   */
  public boolean[] toBooleanArray() {
    return new ElementArrays(this).toBooleans();
  }

  /**
   * Writes all elements, integers or bools, in row-major order.
   *
   * @param values one for each, as {@link #setLong} takes them
   * @throws IllegalArgumentException if the type is another, there are more or fewer, or one does
   *     not fit; those before it are then written
   */
  public void setAll(long... values) {
    new ElementArrays(this).setLongs(values);
  }

  /**
   * Writes all elements, floating point numbers, in row-major order.
   *
   * @param values one for each, as {@link #setDouble} takes them
   * @throws IllegalArgumentException if the type is another, or there are more or fewer
   */
  public void setAll(double... values) {
    new ElementArrays(this).setDoubles(values);
  }

  /** Such as {@code float32[2, 3] from byte 0 of MemorySegment{ … }}. */
  @Override
  public String toString() {
    return dataType() + layout.toString() + " from byte " + base + " of " + segment;
  }
}
