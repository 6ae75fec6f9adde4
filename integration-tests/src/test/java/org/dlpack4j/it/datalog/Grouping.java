package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.dlpack4j.DataType;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Schema;

/** Collects the bindings of a rule's body, and makes a row of each group of them. */
final class Grouping implements Step, AutoCloseable {

  private final Rule rule;
  private final Slots slots;
  private final Relation bindings;
  private final GrowingRows groups;
  private final Index byKey;
  private final List<long[]> results = new ArrayList<>();
  private final int[] keySlots;

  Grouping(Rule rule, Slots slots) {
    this.rule = rule;
    this.slots = slots;
    List<Term> keys =
        rule.terms().stream().filter(Term.class::isInstance).map(Term.class::cast).toList();
    keySlots = slots.of(keys);
    bindings = Relation.derived("bindings", numbers(slots.variables().length));
    groups = new GrowingRows(numbers(keySlots.length));
    byKey = new Index(groups, IntStream.range(0, keySlots.length).toArray());
  }

  private static Schema numbers(int columns) {
    return new Schema(
        IntStream.range(0, columns)
            .mapToObj(i -> Field.number("col_" + i, DataType.INT64))
            .toList());
  }

  /** Takes a binding in, unless it was there before, as it is where only {@code _} differs. */
  @Override
  public void run(long[] values) {
    int before = bindings.size();
    bindings.add(at(slots.variables(), values));
    if (bindings.size() > before) {
      fold(values);
    }
  }

  private static long[] at(int[] slots, long[] values) {
    return IntStream.of(slots).mapToLong(slot -> values[slot]).toArray();
  }

  private void fold(long[] values) {
    long[] key = at(keySlots, values);
    int group = byKey.first(key);
    boolean isNew = group == Index.NONE;
    if (isNew) {
      group = groups.size();
      groups.append(key);
      byKey.add(group);
      results.add(new long[rule.terms().size()]);
    }
    long[] result = results.get(group);
    for (int i = 0; i < result.length; i++) {
      HeadTerm term = rule.terms().get(i);
      long value = values[slots.of(term)];
      result[i] = term instanceof Aggregate some ? folded(some, isNew, result[i], value) : value;
    }
  }

  private long folded(Aggregate aggregate, boolean isNew, long result, long value) {
    try {
      Aggregate.Function function = aggregate.function();
      return isNew ? function.first(value) : function.fold(result, value);
    } catch (ArithmeticException e) {
      throw new ArithmeticException(
          "rule %s: expected %s of 64 bits but found %d and %d more"
              .formatted(rule, aggregate, result, value));
    }
  }

  /** A row for each group, in the order in which they were found. */
  List<long[]> results() {
    return Collections.unmodifiableList(results);
  }

  @Override
  public void close() {
    bindings.close();
    groups.close();
  }
}
