package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.table.Schema;

/** Relations and the rules that derive some of them from the others. Immutable. */
final class Program {

  private final Map<String, Schema> schemas;
  private final List<Rule> rules;
  private final List<Strata.Stratum> strata;

  /**
   * Checks the rules and puts them in order.
   *
   * @throws IllegalArgumentException if a rule is not as the relations are declared, or depends on
   *     its own negation or aggregate
   */
  Program(Map<String, Schema> schemas, List<Rule> rules) {
    this.schemas = Collections.unmodifiableMap(new LinkedHashMap<>(schemas));
    this.rules = List.copyOf(rules);
    this.rules.forEach(rule -> Kinds.check(this.schemas, rule));
    this.strata = List.copyOf(Strata.of(this.rules));
  }

  /**
   * Reads a program such as
   *
   * <pre>{@code
   * relation edge(src: number, dst: number).      % no rules: facts that come from outside
   * relation tc(src: number, dst: number).
   * relation reached(node: number, nodes: number).
   * tc(x, y) :- edge(x, y).
   * tc(x, z) :- tc(x, y), edge(y, z), x != z, !edge(x, z).
   * reached(x, count(y)) :- tc(x, y).             % or sum, min, max
   * }</pre>
   *
   * @throws IllegalArgumentException if it cannot be read, with the line, or cannot be computed
   */
  static Program parse(String text) {
    return new Parser(text).program();
  }

  /**
   * What a relation looks like: for the import of its facts, and of its results elsewhere.
   *
   * @throws IllegalArgumentException if there is no such relation
   */
  Schema schema(String relation) {
    Schema schema = schemas.get(relation);
    if (schema == null) {
      throw new IllegalArgumentException(
          "program: expected one of the relations %s but found %s"
              .formatted(schemas.keySet(), relation));
    }
    return schema;
  }

  /** The relations that no rule derives, whose facts come from outside. */
  Set<String> inputs() {
    Set<String> inputs = new LinkedHashSet<>(schemas.keySet());
    rules.forEach(rule -> inputs.remove(rule.predicate()));
    return inputs;
  }

  /**
   * Derives everything that follows.
   *
   * @param facts a table for each of {@link #inputs}, to be read where it lies; they stay the
   *     caller's, who closes none before the result
   * @return all relations, to be closed by the caller
   * @throws IllegalArgumentException if a table is missing, not asked for, or not as declared
   */
  Database evaluate(Map<String, ImportedTable> facts) {
    if (!facts.keySet().equals(inputs())) {
      throw new IllegalArgumentException(
          "facts: expected tables for %s but found some for %s"
              .formatted(inputs(), facts.keySet()));
    }
    Database database = new Database();
    try {
      schemas.forEach((name, schema) -> database.add(relation(name, schema, facts)));
      strata.forEach(stratum -> new Evaluation(database, stratum).run());
      return database;
    } catch (Throwable e) {
      database.close();
      throw e;
    }
  }

  private static Relation relation(String name, Schema schema, Map<String, ImportedTable> facts) {
    ImportedTable table = facts.get(name);
    return table == null ? Relation.derived(name, schema) : Relation.of(name, schema, table);
  }

  /** The rules, one a line. */
  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    rules.forEach(rule -> lines.add(rule + "."));
    return String.join("\n", lines);
  }
}
