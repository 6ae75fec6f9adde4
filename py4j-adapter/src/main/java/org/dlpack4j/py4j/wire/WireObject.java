package org.dlpack4j.py4j.wire;

import java.util.List;
import java.util.OptionalLong;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.jspecify.annotations.Nullable;

/** What a peer says that an object is. Nothing of it is known to be true. */
public sealed interface WireObject {

  /**
   * A tensor.
   *
   * @param segment the number of the segment that it is in
   * @param offset bytes from the segment's start to element [0, …, 0]
   * @param dataType what an element is
   * @param device where it is
   * @param layout how the elements lie
   * @param flags {@link #READ_ONLY} and the like
   */
  record Tensor(
      long segment, long offset, DataType dataType, Device device, TensorLayout layout, int flags)
      implements WireObject {

    public static final int READ_ONLY = 1;
    public static final int IS_COPIED = 2;
    public static final int IS_SUBBYTE_TYPE_PADDED = 4;
    static final int ALL_FLAGS = READ_ONLY | IS_COPIED | IS_SUBBYTE_TYPE_PADDED;

    /** Whether a flag is set. */
    public boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  /**
   * A column, with the tensors that its format asks for, if the peer is right.
   *
   * @param name of the column
   * @param format what it means; see {@link ColumnFormats}
   * @param nullable whether rows may be null
   * @param rows how many
   * @param first the rows before the first, in tensors that do not say it
   * @param data the values
   * @param offsets where rows begin
   * @param sizes how long they are
   * @param validity which are not null
   * @param skip the bits before the first of the validity
   * @param children what it is made of
   */
  record Column(
      String name,
      String format,
      boolean nullable,
      long rows,
      OptionalLong first,
      @Nullable Tensor data,
      @Nullable Tensor offsets,
      @Nullable Tensor sizes,
      @Nullable Tensor validity,
      int skip,
      List<Column> children)
      implements WireObject {

    static final int DATA = 1;
    static final int OFFSETS = 2;
    static final int SIZES = 4;
    static final int VALIDITY = 8;
    static final int FIRST = 16;
    static final int ALL_PARTS = DATA | OFFSETS | SIZES | VALIDITY | FIRST;

    /** Keeps a copy of the children. */
    public Column {
      children = List.copyOf(children);
    }
  }

  /**
   * A table.
   *
   * @param rows how many
   * @param columns in order
   */
  record Table(long rows, List<Column> columns) implements WireObject {

    /** Keeps a copy of the columns. */
    public Table {
      columns = List.copyOf(columns);
    }
  }
}
