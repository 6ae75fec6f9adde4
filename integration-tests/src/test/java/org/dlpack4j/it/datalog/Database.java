package org.dlpack4j.it.datalog;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlpack4j.exporting.ExportedTable;

/** Relations by name. For one thread; what was exported is for all. */
final class Database implements AutoCloseable {

  private final Map<String, Relation> relations = new LinkedHashMap<>();

  void add(Relation relation) {
    relations.put(relation.name(), relation);
  }

  /**
   * A relation.
   *
   * @throws IllegalArgumentException if there is none
   */
  Relation relation(String name) {
    Relation relation = relations.get(name);
    if (relation == null) {
      throw new IllegalArgumentException(
          "database: expected one of the relations %s but found %s"
              .formatted(relations.keySet(), name));
    }
    return relation;
  }

  /**
   * The rows of a derived relation for other libraries, without a copy. They outlive this database
   * for as long as a consumer has one of the tensors.
   *
   * @return the exported table, held by the caller
   * @throws IllegalArgumentException if there is no such relation
   * @throws IllegalStateException if it is one of facts
   */
  ExportedTable export(String name) {
    return relation(name).export();
  }

  /** Lets all derived rows go, as soon as no consumer has them. */
  @Override
  public void close() {
    relations.values().forEach(Relation::close);
  }
}
