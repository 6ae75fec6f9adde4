package org.dlpack4j.cudf;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.dlpack4j.table.Column;
import org.jspecify.annotations.Nullable;

/**
 * How many nulls columns have, which no tensor says.
 *
 * @param given by the names of columns, with those around them
 * @param counted whether cuDF may count the others, with a kernel
 */
record NullCounts(Map<String, Long> given, boolean counted) {

  static final NullCounts NONE = new NullCounts(Map.of(), false);

  NullCounts {
    given = Map.copyOf(given);
  }

  NullCounts with(String column, long count) {
    Map<String, Long> more = new HashMap<>(given);
    more.put(column, count);
    return new NullCounts(more, counted);
  }

  NullCounts counting() {
    return new NullCounts(given, true);
  }

  /** Empty if cuDF is to count. */
  Optional<Long> of(String path, Column column) {
    Long count = given.get(path);
    boolean hasValidity = column.validity().isPresent() && column.rows() > 0;
    if (!hasValidity) {
      require(path, count == null || count == 0, "no nulls, as there is no validity,", count);
      return Optional.of(0L);
    }
    if (count == null && counted) {
      return Optional.empty();
    }
    if (count == null) {
      throw new RefusedColumnException(
          path,
          "expected to be told how many of %d rows are null but was not; say it by withNullCount, or have cuDF count by countingNulls"
              .formatted(column.rows()));
    }
    require(
        path,
        count >= 0 && count <= column.rows(),
        "0 to " + column.rows() + " nulls, as it has so many rows,",
        count);
    return Optional.of(count);
  }

  private static void require(String path, boolean fits, String expected, @Nullable Long found) {
    if (!fits) {
      throw new RefusedColumnException(
          path, "expected %s but was told %s; say another null count".formatted(expected, found));
    }
  }
}
