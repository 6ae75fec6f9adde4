package org.dlpack4j.table;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The columns that a table has, in order.
 *
 * @param fields what each is, with names of their own
 */
public record Schema(List<Field> fields) {

  /**
   * Checks the names.
   *
   * @throws IllegalArgumentException if two columns have one
   */
  public Schema {
    fields = List.copyOf(fields);
    Columns.checkNames("schema", fields, Field::name);
  }

  /**
   * Columns in order.
   *
   * @param fields what each is
   * @return the schema
   * @throws IllegalArgumentException if two have one name
   */
  public static Schema of(Field... fields) {
    return new Schema(List.of(fields));
  }

  /** Such as {@code (src uint32 Symbol[], weight float64 or null)}. */
  @Override
  public String toString() {
    return fields.stream().map(Field::toString).collect(Collectors.joining(", ", "(", ")"));
  }
}
