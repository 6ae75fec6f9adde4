package org.dlpack4j.elements;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.DataType.Code;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes elements of one type, of one lane, at any place in a segment. Stateless, shared
 * by all threads.
 *
 * <p>A place is a byte in the segment, where a run of elements begins, and the number of the
 * element in that run, which may be negative. Nothing is aligned, elements follow one another, and
 * packed ones share bytes, the lowest bits first; only bytes that hold bits of the element are
 * touched. To write one packed element the bytes are read, changed and written: two threads must
 * not write elements of the same byte at once.
 *
 * <p>Methods that a type has no answer for refuse with an {@link IllegalArgumentException} that
 * names the one to use.
 */
public abstract class ElementCodec {

  private static final int CODES = Code.FLOAT4_E2M1FN + 1;
  private static final int WIDTHS = 0x100;

  // Filled by whoever comes first: two threads may make the same, which is the same to all.
  private static final @Nullable ElementCodec[] KNOWN = new ElementCodec[CODES * WIDTHS * 2];

  private final DataType dataType;
  private final int strideBits;

  ElementCodec(DataType dataType, int strideBits) {
    this.dataType = dataType;
    this.strideBits = strideBits;
  }

  /**
   * The codec of a type. Lanes are not looked at: it reads one number. A type that Java cannot read
   * has a codec, too, which refuses everything.
   *
   * @param dataType the type
   * @param padded whether each sub-byte number fills whole bytes of its own
   * @return the same codec every time for the codes that {@link Code} names
   */
  public static ElementCodec of(DataType dataType, boolean padded) {
    if (dataType.code() >= CODES) {
      return create(dataType, padded);
    }
    int known = (dataType.code() * WIDTHS + dataType.bits()) * 2 + (padded ? 1 : 0);
    ElementCodec codec = KNOWN[known];
    if (codec == null) {
      codec = create(dataType, padded);
      KNOWN[known] = codec;
    }
    return codec;
  }

  private static ElementCodec create(DataType dataType, boolean padded) {
    DataType lane = new DataType(dataType.code(), dataType.bits(), 1);
    int stride = lane.strideBits(padded);
    if (lane.bits() > 0 && lane.bits() <= Long.SIZE) {
      switch (lane.code()) {
        case Code.INT, Code.UINT -> {
          return IntegerCodec.of(lane, stride);
        }
        case Code.BOOL -> {
          return new BoolCodec(lane, stride);
        }
        default -> {
          FloatCodec codec = FloatCodec.of(lane, stride);
          if (codec != null) {
            return codec;
          }
        }
      }
    }
    return new ElementCodec(lane, stride) {};
  }

  /**
   * What the elements are.
   *
   * @return a type of one lane
   */
  public final DataType dataType() {
    return dataType;
  }

  /**
   * The bits from one element to the next.
   *
   * @return fewer than 8 where several share a byte
   */
  public final int strideBits() {
    return strideBits;
  }

  /** The byte in which an element begins; exact wherever the element lies in a segment. */
  final long byteOf(long base, long element) {
    return base + (element >> 3) * strideBits + (((element & 7) * strideBits) >> 3);
  }

  /** The bit of that byte at which the element begins. */
  final int bitOf(long element) {
    return (int) (((element & 7) * strideBits) & 7);
  }

  /**
   * Reads an integer or a bool.
   *
   * @param segment the memory
   * @param base the byte where the run begins
   * @param element which element of the run
   * @return its value, 0 or 1 for a bool; of uint64 the bits, to be taken as unsigned
   * @throws IllegalArgumentException if the type is neither
   * @throws IndexOutOfBoundsException if the element is outside the segment
   */
  public long getLong(MemorySegment segment, long base, long element) {
    throw refused("getLong");
  }

  /**
   * Reads a real number.
   *
   * @param segment the memory
   * @param base the byte where the run begins
   * @param element which element of the run
   * @return its value; integers beyond 2^53 are rounded, uint64 is taken as unsigned
   * @throws IllegalArgumentException if the type is not one of real numbers
   * @throws IndexOutOfBoundsException if the element is outside the segment
   */
  public double getDouble(MemorySegment segment, long base, long element) {
    throw refused("getDouble");
  }

  /**
   * Reads a bool.
   *
   * @param segment the memory
   * @param base the byte where the run begins
   * @param element which element of the run
   * @return true unless all its bits are 0
   * @throws IllegalArgumentException if the type is not bool
   * @throws IndexOutOfBoundsException if the element is outside the segment
   */
  public boolean getBoolean(MemorySegment segment, long base, long element) {
    throw refused("getBoolean");
  }

  /**
   * Writes an integer or a bool.
   *
   * @param segment the memory
   * @param base the byte where the run begins
   * @param element which element of the run
   * @param value the value, 0 or 1 for a bool; for uint64 its bits
   * @throws IllegalArgumentException if the type is neither, does not hold the value, or the
   *     segment is read-only
   * @throws IndexOutOfBoundsException if the element is outside the segment
   */
  public void setLong(MemorySegment segment, long base, long element, long value) {
    throw refused("setLong");
  }

  /**
   * Writes a floating point number, rounded once, to the nearest, ties to even. What the type has
   * no value for becomes what ml_dtypes makes of it: infinity or NaN beyond the largest number, or
   * that largest one where the type is finite.
   *
   * @param segment the memory
   * @param base the byte where the run begins
   * @param element which element of the run
   * @param value the value
   * @throws IllegalArgumentException if the type is not one of floating point, or the segment is
   *     read-only
   * @throws IndexOutOfBoundsException if the element is outside the segment
   */
  public void setDouble(MemorySegment segment, long base, long element, double value) {
    throw refused("setDouble");
  }

  /**
   * Writes a bool.
   *
   * @param segment the memory
   * @param base the byte where the run begins
   * @param element which element of the run
   * @param value written as 1 or 0
   * @throws IllegalArgumentException if the type is not bool, or the segment is read-only
   * @throws IndexOutOfBoundsException if the element is outside the segment
   */
  public void setBoolean(MemorySegment segment, long base, long element, boolean value) {
    throw refused("setBoolean");
  }

  /** What to say of a method that this type has no answer for. */
  final IllegalArgumentException refused(String method) {
    return new IllegalArgumentException(
        "dtype: expected one that %s is for but found %s; %s"
            .formatted(method, dataType, advice(method.startsWith("set") ? "set" : "get")));
  }

  private String advice(String verb) {
    return switch (this) {
      case IntegerCodec _ -> "use " + verb + "Long";
      case BoolCodec _ -> "use " + verb + "Boolean or " + verb + "Long";
      case FloatCodec _ -> "use " + verb + "Double";
      default ->
          dataType.code() == Code.COMPLEX
              ? "use real() and imaginary() of its TensorElements"
              : "Java has no number for it, so look at its bytes";
    };
  }

  /** Such as {@code codec of int4}. */
  @Override
  public final String toString() {
    return "codec of " + dataType;
  }
}
