package org.dlpack4j.table;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The managed tensors of a column, as they pass from one library to another: one for each tensor
 * that the type needs, NULL for those that it does not. Whoever has it owns the tensors.
 *
 * @param data the values, their bytes or bits, indices of them, or type ids
 * @param offsets where each row begins and, if the form has one more than rows, where the last ends
 * @param sizes how many elements each row has
 * @param validity bytes whose bits say which rows are not null; NULL if none is null
 * @param skip the bits of the validity before that of the first row; 0 to 7
 * @param rows which of the rows that the tensors have; needed of bits and runs, whose tensors do
 *     not say it
 * @param children what lists are of, structs and unions are made of; a dictionary; runs
 */
public record ManagedColumn(
    MemorySegment data,
    MemorySegment offsets,
    MemorySegment sizes,
    MemorySegment validity,
    int skip,
    Optional<RowRange> rows,
    List<ManagedColumn> children) {

  /** Keeps a copy of the children. */
  public ManagedColumn {
    children = List.copyOf(children);
  }

  /**
   * A column of numbers.
   *
   * @param data the values
   * @return the column, without nulls
   */
  public static ManagedColumn of(MemorySegment data) {
    return ofBytes(MemorySegment.NULL, data);
  }

  /**
   * A column of text or binary.
   *
   * @param offsets where each row begins, and where the last ends
   * @param data the bytes of all rows
   * @return the column, without nulls
   */
  public static ManagedColumn ofBytes(MemorySegment offsets, MemorySegment data) {
    return of(data, offsets, MemorySegment.NULL, List.of());
  }

  /**
   * A column of lists or maps.
   *
   * @param offsets where each list begins, and where the last ends
   * @param elements those of all lists, or the entries of all maps
   * @return the column, without nulls
   */
  public static ManagedColumn ofLists(MemorySegment offsets, ManagedColumn elements) {
    return of(MemorySegment.NULL, offsets, MemorySegment.NULL, List.of(elements));
  }

  /**
   * A column of list views.
   *
   * @param offsets where each list begins
   * @param sizes how many elements each has
   * @param elements those of all lists
   * @return the column, without nulls
   */
  public static ManagedColumn ofListViews(
      MemorySegment offsets, MemorySegment sizes, ManagedColumn elements) {
    return of(MemorySegment.NULL, offsets, sizes, List.of(elements));
  }

  /**
   * A column of indices.
   *
   * @param indices one a row
   * @param dictionary the values
   * @return the column, without nulls
   */
  public static ManagedColumn ofIndices(MemorySegment indices, ManagedColumn dictionary) {
    return of(indices, MemorySegment.NULL, MemorySegment.NULL, List.of(dictionary));
  }

  /**
   * A column of a union.
   *
   * @param typeIds one a row
   * @param offsets one a row, into the member; NULL where every member has all rows
   * @param members in the order of the type's ids
   * @return the column
   */
  public static ManagedColumn ofUnion(
      MemorySegment typeIds, MemorySegment offsets, ManagedColumn... members) {
    return of(typeIds, offsets, MemorySegment.NULL, Arrays.asList(members));
  }

  /**
   * A column of structs, of lists of one size, or of runs.
   *
   * @param children the members, the elements, or where runs end and their values
   * @return the column, without nulls
   */
  public static ManagedColumn ofChildren(ManagedColumn... children) {
    return of(MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL, Arrays.asList(children));
  }

  /**
   * The same, of which some rows are null.
   *
   * @param newValidity bytes whose bits say which are not
   * @param newSkip the bits before that of the first row
   * @return the column
   */
  public ManagedColumn withValidity(MemorySegment newValidity, int newSkip) {
    return new ManagedColumn(data, offsets, sizes, newValidity, newSkip, rows, children);
  }

  /**
   * The same, of which only some rows are meant.
   *
   * @param newRows which of the bits, or of the rows that runs have
   * @return the column
   */
  public ManagedColumn withRows(RowRange newRows) {
    return new ManagedColumn(data, offsets, sizes, validity, skip, Optional.of(newRows), children);
  }

  private static ManagedColumn of(
      MemorySegment data,
      MemorySegment offsets,
      MemorySegment sizes,
      List<ManagedColumn> children) {
    return new ManagedColumn(
        data, offsets, sizes, MemorySegment.NULL, 0, Optional.empty(), children);
  }
}
