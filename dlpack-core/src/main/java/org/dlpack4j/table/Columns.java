package org.dlpack4j.table;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What holds for the columns of tables, of schemas and of columns. */
final class Columns {

  private Columns() {}

  /** Throws if two have one name. */
  static void checkNames(String where, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new IllegalArgumentException(
            where + ": expected each name once but found " + name + " again");
      }
    }
  }

  /** Throws if a type has other children. */
  static void checkChildren(String where, LogicalType type, List<String> names) {
    LogicalType.Form form = type.form();
    int most = form == LogicalType.Form.STRUCT ? Integer.MAX_VALUE : form.hasData() ? 0 : 1;
    int fewest = form == LogicalType.Form.STRUCT ? 0 : most;
    if (names.size() < fewest || names.size() > most) {
      throw new IllegalArgumentException(
          "%s: expected %d children of %s but found %s".formatted(where, most, type, names));
    }
    checkNames(where, names);
  }
}
