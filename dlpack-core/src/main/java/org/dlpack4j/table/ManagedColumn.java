package org.dlpack4j.table;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * The managed tensors of a column, as they pass from one library to another: one for each tensor
 * that the type needs, NULL for those that it does not. Whoever has it owns the tensors.
 *
 * @param data the values
 * @param offsets where each row begins, and where the last ends
 * @param validity bytes whose bits say which rows are not null; NULL if none is null
 * @param skip the bits before that of the first row; 0 to 7
 * @param children what lists are of, and structs are made of
 */
public record ManagedColumn(
    MemorySegment data,
    MemorySegment offsets,
    MemorySegment validity,
    int skip,
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
    return new ManagedColumn(data, offsets, MemorySegment.NULL, 0, List.of());
  }

  /**
   * A column of lists.
   *
   * @param offsets where each list begins, and where the last ends
   * @param elements those of all lists
   * @return the column, without nulls
   */
  public static ManagedColumn ofLists(MemorySegment offsets, ManagedColumn elements) {
    return new ManagedColumn(MemorySegment.NULL, offsets, MemorySegment.NULL, 0, List.of(elements));
  }

  /**
   * A column of structs, or of lists of one size.
   *
   * @param children the members, or the elements
   * @return the column, without nulls
   */
  public static ManagedColumn ofChildren(ManagedColumn... children) {
    return new ManagedColumn(
        MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL, 0, Arrays.asList(children));
  }

  /**
   * The same, of which some rows are null.
   *
   * @param newValidity bytes whose bits say which are not
   * @param newSkip the bits before that of the first row
   * @return the column
   */
  public ManagedColumn withValidity(MemorySegment newValidity, int newSkip) {
    return new ManagedColumn(data, offsets, newValidity, newSkip, children);
  }
}
