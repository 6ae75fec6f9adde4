package org.dlpack4j.arrow.cdata;

import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;

/**
 * How the values of a type lie in memory.
 *
 * @param kind which buffers and children there are
 * @param width the bytes of a value; of an offset for kinds with offsets; the values of a list for
 *     lists of a fixed size; else 0
 */
record Layout(Kind kind, int width) {

  /** The bytes of a view, whatever it views. */
  static final int VIEW_BYTES = 16;

  /** As many as any type has whose arrays do not differ in it. */
  static final int MOST_USUAL_BUFFERS = 3;

  /** Which buffers and children an array has. */
  enum Kind {
    /** Nothing but a length. */
    NULL(0, 0, false),
    /** Validity, bits. */
    BITS(2, 0, true),
    /** Validity, values. */
    FIXED(2, 0, true),
    /** Validity, offsets, bytes. */
    VARIABLE(3, 0, true),
    /** Validity, views, any number of buffers of bytes, their sizes. */
    VIEW(-1, 0, true),
    /** Validity, offsets; also maps. */
    LIST(2, 1, true),
    /** Validity, offsets, sizes. */
    LIST_VIEW(3, 1, true),
    /** Validity. */
    FIXED_LIST(1, 1, true),
    /** Validity. */
    STRUCT(1, -1, true),
    /** Type ids; children as long as the union. */
    SPARSE_UNION(1, -1, false),
    /** Type ids, offsets. */
    DENSE_UNION(2, -1, false),
    /** Run ends and values are children. */
    RUN_END(0, 2, false);

    /** -1 if that differs from array to array. */
    final int buffers;

    /** -1 if that differs from type to type. */
    final int children;

    final boolean hasValidity;

    Kind(int buffers, int children, boolean hasValidity) {
      this.buffers = buffers;
      this.children = children;
      this.hasValidity = hasValidity;
    }
  }

  /** The buffers that a view array has beside those of bytes. */
  static final int FIXED_VIEW_BUFFERS = 3;

  static Layout of(ArrowType type) {
    if (type instanceof ExtensionType extension) {
      return of(extension.storageType());
    }
    return switch (type.getTypeID()) {
      case Null -> new Layout(Kind.NULL, 0);
      case Bool -> new Layout(Kind.BITS, 0);
      case Utf8, Binary -> new Layout(Kind.VARIABLE, Integer.BYTES);
      case LargeUtf8, LargeBinary -> new Layout(Kind.VARIABLE, Long.BYTES);
      case Utf8View, BinaryView -> new Layout(Kind.VIEW, VIEW_BYTES);
      case List, Map -> new Layout(Kind.LIST, Integer.BYTES);
      case LargeList -> new Layout(Kind.LIST, Long.BYTES);
      case ListView -> new Layout(Kind.LIST_VIEW, Integer.BYTES);
      case LargeListView -> new Layout(Kind.LIST_VIEW, Long.BYTES);
      case FixedSizeList ->
          new Layout(Kind.FIXED_LIST, ((ArrowType.FixedSizeList) type).getListSize());
      case Struct -> new Layout(Kind.STRUCT, 0);
      case Union ->
          switch (((ArrowType.Union) type).getMode()) {
            case Sparse -> new Layout(Kind.SPARSE_UNION, 0);
            case Dense -> new Layout(Kind.DENSE_UNION, 0);
          };
      case RunEndEncoded -> new Layout(Kind.RUN_END, 0);
      default -> new Layout(Kind.FIXED, valueBytes(type));
    };
  }

  private static int valueBytes(ArrowType type) {
    return switch (type.getTypeID()) {
      case Int -> ((ArrowType.Int) type).getBitWidth() / Byte.SIZE;
      case FloatingPoint ->
          switch (((ArrowType.FloatingPoint) type).getPrecision()) {
            case HALF -> Short.BYTES;
            case SINGLE -> Float.BYTES;
            case DOUBLE -> Double.BYTES;
          };
      case Decimal -> ((ArrowType.Decimal) type).getBitWidth() / Byte.SIZE;
      case Date ->
          switch (((ArrowType.Date) type).getUnit()) {
            case DAY -> Integer.BYTES;
            case MILLISECOND -> Long.BYTES;
          };
      case Time -> ((ArrowType.Time) type).getBitWidth() / Byte.SIZE;
      case Timestamp, Duration -> Long.BYTES;
      case Interval ->
          switch (((ArrowType.Interval) type).getUnit()) {
            case YEAR_MONTH -> Integer.BYTES;
            case DAY_TIME -> 2 * Integer.BYTES;
            case MONTH_DAY_NANO -> 2 * Integer.BYTES + Long.BYTES;
          };
      case FixedSizeBinary -> ((ArrowType.FixedSizeBinary) type).getByteWidth();
      default ->
          throw new IllegalArgumentException(
              "type: expected one of Arrow's columnar format but found " + type);
    };
  }
}
