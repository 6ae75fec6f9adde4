package org.dlpack4j.table;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.dlpack4j.DataType;

/** What holds for the columns of tables, of schemas and of columns. */
final class Columns {

  private static final Set<DataType> RUN_ENDS =
      Set.of(DataType.INT16, DataType.INT32, DataType.INT64);

  private Columns() {}

  /** Throws if two have one name. */
  static <T> void checkNames(String where, List<T> named, Function<T, String> nameOf) {
    Set<String> seen = HashSet.newHashSet(named.size());
    for (T each : named) {
      String name = nameOf.apply(each);
      if (!seen.add(name)) {
        throw new IllegalArgumentException(
            where + ": expected each name once but found " + name + " again");
      }
    }
  }

  /** Whether there are no children and are to be none, as of most types; nothing to check then. */
  static boolean areNone(LogicalType type, List<?> children) {
    return children.isEmpty() && expectedChildren(type).orElse(0) == 0;
  }

  private static OptionalInt expectedChildren(LogicalType type) {
    return type instanceof LogicalType.Union union
        ? OptionalInt.of(union.typeIds().size())
        : type.form().children();
  }

  /** Throws if a type has other children. */
  static void checkChildren(String where, LogicalType type, List<Field> fields) {
    OptionalInt expected = expectedChildren(type);
    if (expected.orElse(fields.size()) != fields.size()) {
      throw new IllegalArgumentException(
          "%s: expected %d children of %s but found %s"
              .formatted(
                  where, expected.orElseThrow(), type, fields.stream().map(Field::name).toList()));
    }
    checkNames(where, fields, Field::name);
    switch (type) {
      case LogicalType.MapOf _ ->
          check(where, "entries that are structs of a key and a value", fields, Columns::isEntry);
      case LogicalType.RunEndEncoded _ ->
          check(where, "run ends of int16, int32 or int64", fields, Columns::isRunEnd);
      default -> {} // takes children of all types
    }
  }

  private static void check(
      String where, String what, List<Field> fields, Predicate<Field> accepts) {
    Field first = fields.getFirst();
    if (!accepts.test(first)) {
      throw new IllegalArgumentException(
          "%s: expected %s, without nulls, but found %s".formatted(where, what, first));
    }
  }

  private static boolean isEntry(Field field) {
    return field.type() instanceof LogicalType.Struct
        && !field.nullable()
        && field.children().size() == 2
        && !field.children().getFirst().nullable();
  }

  private static boolean isRunEnd(Field field) {
    return field.type() instanceof LogicalType.Numeric
        && !field.nullable()
        && RUN_ENDS.contains(field.storage().orElseThrow());
  }
}
