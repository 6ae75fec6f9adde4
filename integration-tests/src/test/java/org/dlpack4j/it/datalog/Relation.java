package org.dlpack4j.it.datalog;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.table.Schema;

/** A set of rows, with an index for every lookup that is made. */
final class Relation implements AutoCloseable {

  /** Which rows a join looks at. */
  enum Part {
    /** Those that were known before the last round. */
    OLD,
    /** Those that the last round found. */
    DELTA,
    /** Both. */
    KNOWN
  }

  private final String name;
  private final Rows rows;
  private final Index all;
  private final BitSet repeated = new BitSet();
  private final Map<List<Integer>, Index> indexes = new HashMap<>();
  private int old;
  private int known;
  private long derivations;

  private Relation(String name, Schema schema, Rows rows) {
    this.name = name;
    this.rows = rows;
    int[] everyColumn = IntStream.range(0, schema.fields().size()).toArray();
    this.all = new Index(rows, everyColumn);
    indexes.put(IntStream.of(everyColumn).boxed().toList(), all);
  }

  /** No rows yet. */
  static Relation derived(String name, Schema schema) {
    return new Relation(name, schema, new GrowingRows(schema));
  }

  /**
   * A foreign table's rows, where they lie; a row that is there twice counts once.
   *
   * @throws IllegalArgumentException if the table is not as the schema says
   */
  static Relation of(String name, Schema schema, ImportedTable table) {
    Schema found = table.table().schema();
    if (!found.equals(schema)) {
      throw new IllegalArgumentException(
          "facts of %s: expected %s but found %s".formatted(name, schema, found));
    }
    Relation relation = new Relation(name, schema, Rows.of(table));
    long[] row = new long[schema.fields().size()];
    for (int i = 0; i < relation.rows.size(); i++) {
      relation.read(i, row);
      if (relation.all.first(row) == Index.NONE) {
        relation.all.add(i);
      } else {
        relation.repeated.set(i);
      }
    }
    relation.advance();
    return relation;
  }

  String name() {
    return name;
  }

  /** The number of rows, each counted once. */
  int size() {
    return rows.size() - repeated.cardinality();
  }

  /** How often a rule has derived a row, known or not: what the evaluation has cost. */
  long derivations() {
    return derivations;
  }

  long get(int row, int column) {
    return rows.get(row, column);
  }

  /** Whether a row was there before under another number. */
  boolean isRepeated(int row) {
    return repeated.get(row);
  }

  private void read(int row, long[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.get(row, i);
    }
  }

  /** Adds a row to a derived relation, unless it is there; to be seen from the next round on. */
  void add(long... row) {
    derivations++;
    if (all.first(row) == Index.NONE) {
      int number = rows.size();
      ((GrowingRows) rows).append(row);
      indexes.values().forEach(index -> index.add(number));
    }
  }

  /** The index of some columns, which is made when it is first asked for. */
  Index on(int... columns) {
    List<Integer> key = IntStream.of(columns).boxed().toList();
    return indexes.computeIfAbsent(key, _ -> indexed(columns));
  }

  private Index indexed(int... columns) {
    Index index = new Index(rows, columns);
    for (int i = 0; i < rows.size(); i++) {
      if (!isRepeated(i)) {
        index.add(i);
      }
    }
    return index;
  }

  /**
   * Ends a round: what it added is known from now on.
   *
   * @return whether it added anything
   */
  boolean advance() {
    old = known;
    known = rows.size();
    return old < known;
  }

  /** The first row of a part. */
  int from(Part part) {
    return part == Part.DELTA ? old : 0;
  }

  /** The row after the last one of a part. */
  int to(Part part) {
    return part == Part.OLD ? old : known;
  }

  /**
   * All rows for other libraries; see {@link GrowingRows#export}.
   *
   * @throws IllegalStateException if they are facts, which their own table is for
   */
  ExportedTable export() {
    if (rows instanceof GrowingRows derived) {
      return derived.export();
    }
    throw new IllegalStateException(
        "relation %s: expected a derived one but found facts; export their own table"
            .formatted(name));
  }

  /** Lets derived rows go, as soon as no consumer has them; facts are somebody else's. */
  @Override
  public void close() {
    if (rows instanceof GrowingRows derived) {
      derived.close();
    }
  }

  @Override
  public String toString() {
    return "relation " + name + ", " + size() + " rows";
  }
}
