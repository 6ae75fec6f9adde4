package org.dlpack4j.it.datalog;

/** Binds variables to the rows of a part of a relation, as far as they fit what is bound. */
final class Lookup implements Step {

  private final Relation relation;
  private final Relation.Part part;
  private final Pattern pattern;
  private final Index index;
  private final Step next;
  private final long[] key;

  Lookup(Relation relation, Relation.Part part, Pattern pattern, Step next) {
    this.relation = relation;
    this.part = part;
    this.pattern = pattern;
    this.index = relation.on(pattern.keyColumns());
    this.next = next;
    this.key = new long[pattern.keyColumns().length];
  }

  @Override
  public void run(long[] values) {
    if (key.length == 0) {
      scan(values);
      return;
    }
    pattern.fillKey(values, key);
    int from = relation.from(part);
    int to = relation.to(part);
    // Rows that the next steps add come before the first one in its chain, and are never seen.
    for (int row = index.first(key); row >= from; row = index.earlier(row)) {
      if (row < to) {
        go(row, values);
      }
    }
  }

  private void scan(long[] values) {
    int to = relation.to(part);
    for (int row = relation.from(part); row < to; row++) {
      if (!relation.isRepeated(row)) {
        go(row, values);
      }
    }
  }

  private void go(int row, long[] values) {
    if (pattern.bind(relation, row, values)) {
      next.run(values);
    }
  }
}
