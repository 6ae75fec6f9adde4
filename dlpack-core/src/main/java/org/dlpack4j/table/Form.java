package org.dlpack4j.table;

import java.util.OptionalInt;

/** Which tensors a column is made of, its validity aside. */
public enum Form {
  /** Data with one element a row. */
  FLAT(Data.BY_ROW, Offsets.NONE, 0),
  /** Data of bytes, with two dimensions: rows, and the bytes of each. */
  FIXED_BYTES(Data.BY_ROW, Offsets.NONE, 0),
  /** Data of bytes, of eight rows each, the first of them the lowest bit. */
  BITS(Data.BY_BIT, Offsets.NONE, 0),
  /** Offsets, one more than rows, into data of bytes. */
  VARIABLE_BYTES(Data.BY_OFFSET, Offsets.ONE_MORE, 0),
  /** Data with one index a row, into the rows of one child. */
  DICTIONARY(Data.BY_ROW, Offsets.NONE, 1),
  /** Offsets, one more than rows, into the rows of one child. */
  LIST(Data.NONE, Offsets.ONE_MORE, 1),
  /** Offsets and sizes, one of each a row, of some rows of one child: in any order, or the same. */
  LIST_VIEW(Data.NONE, Offsets.BY_ROW, 1),
  /** One child, with so many rows for each. */
  FIXED_LIST(Data.NONE, Offsets.NONE, 1),
  /** Any number of children of as many rows. */
  STRUCT(Data.NONE, Offsets.NONE, -1),
  /** Data with one type id a row, which says the child; children of as many rows. */
  SPARSE_UNION(Data.BY_ROW, Offsets.NONE, -1),
  /** Data with one type id a row, which says the child, and offsets, one a row, into its rows. */
  DENSE_UNION(Data.BY_ROW, Offsets.BY_ROW, -1),
  /** Two children of as many rows as there are runs: the row before which each ends, its value. */
  RUNS(Data.NONE, Offsets.NONE, 2);

  /** What lies in data where. */
  enum Data {
    NONE,
    BY_ROW,
    BY_BIT,
    BY_OFFSET
  }

  private enum Offsets {
    NONE,
    BY_ROW,
    ONE_MORE
  }

  private final Data data;
  private final Offsets offsets;
  private final int children;

  Form(Data data, Offsets offsets, int children) {
    this.data = data;
    this.offsets = offsets;
    this.children = children;
  }

  Data data() {
    return data;
  }

  /** How many children there are; empty if that is the type's matter. */
  OptionalInt children() {
    return children < 0 ? OptionalInt.empty() : OptionalInt.of(children);
  }

  /**
   * Whether such a column has data of its own.
   *
   * @return true also for bytes, indices and type ids
   */
  public boolean hasData() {
    return data != Data.NONE;
  }

  /**
   * Whether such a column has offsets.
   *
   * @return true where rows differ in length, or lie in any order
   */
  public boolean hasOffsets() {
    return offsets != Offsets.NONE;
  }

  /**
   * How many offsets there are beside one for each row.
   *
   * @return 1 where the last says where the last row ends, else 0
   */
  public int offsetsBeyondRows() {
    return offsets == Offsets.ONE_MORE ? 1 : 0;
  }

  /**
   * Whether such a column has sizes.
   *
   * @return true where offsets do not say them
   */
  public boolean hasSizes() {
    return this == LIST_VIEW;
  }

  /**
   * Whether such a column may have nulls of its own.
   *
   * @return false where only children have them
   */
  public boolean hasValidity() {
    return this != SPARSE_UNION && this != DENSE_UNION && this != RUNS;
  }

  /**
   * Whether the column's own tensors say how many rows there are.
   *
   * @return false where only children do, or nothing does
   */
  public boolean saysRows() {
    return offsets != Offsets.NONE || data == Data.BY_ROW;
  }

  /**
   * Whether the first row need not be the first that the tensors have.
   *
   * @return true where no tensor can begin later than with its first byte, or its first run
   */
  public boolean skipsRows() {
    return this == BITS || this == RUNS;
  }
}
