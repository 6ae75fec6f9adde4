package org.dlpack4j.table;

/**
 * Some rows of those that tensors have.
 *
 * @param first how many there are before them
 * @param count how many they are
 */
public record RowRange(long first, long count) {

  /**
   * Checks that there can be such rows.
   *
   * @throws IllegalArgumentException if one number is negative, or both together are too large
   */
  public RowRange {
    if (first < 0 || count < 0 || first + count < 0) {
      throw new IllegalArgumentException(
          "rows: expected 0 or more, up to %d, but found %d from %d on"
              .formatted(Long.MAX_VALUE, count, first));
    }
  }

  /**
   * Where they end.
   *
   * @return the number of the first row after them
   */
  public long end() {
    return first + count;
  }
}
