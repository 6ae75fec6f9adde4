package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlpack4j.it.datalog.Literal.Atom;
import org.dlpack4j.it.datalog.Relation.Part;

/**
 * Derives all rows of one stratum, semi-naively: each round joins only what the round before has
 * found, once for every recursive atom, with everything that is known.
 */
final class Evaluation {

  private final Database database;
  private final Strata.Stratum stratum;

  Evaluation(Database database, Strata.Stratum stratum) {
    this.database = database;
    this.stratum = stratum;
  }

  void run() {
    for (Rule rule : stratum.rules()) {
      if (rule.isAggregated()) {
        aggregate(rule);
      } else if (recursiveAtoms(rule).isEmpty()) {
        join(rule, known(rule)).run();
      }
    }
    List<Runnable> joins = new ArrayList<>();
    for (Rule rule : stratum.rules()) {
      recursiveAtoms(rule).forEach(delta -> joins.add(join(rule, parts(rule, delta))));
    }
    while (advance()) {
      joins.forEach(Runnable::run);
    }
  }

  private boolean advance() {
    boolean more = false;
    for (String predicate : stratum.predicates()) {
      more |= database.relation(predicate).advance();
    }
    return more;
  }

  private List<Integer> recursiveAtoms(Rule rule) {
    Set<String> together = stratum.predicates();
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < rule.body().size(); i++) {
      if (rule.body().get(i) instanceof Atom atom && together.contains(atom.predicate())) {
        found.add(i);
      }
    }
    return found;
  }

  private static List<Part> known(Rule rule) {
    return rule.body().stream().map(_ -> Part.KNOWN).toList();
  }

  /** With one atom on what is new, those before it on what is old: no pair of rows meets twice. */
  private List<Part> parts(Rule rule, int delta) {
    List<Part> parts = new ArrayList<>(known(rule));
    parts.set(delta, Part.DELTA);
    recursiveAtoms(rule).stream().filter(i -> i < delta).forEach(i -> parts.set(i, Part.OLD));
    return parts;
  }

  /** A rule on some parts of the relations, to be run in every round. */
  private Runnable join(Rule rule, List<Part> parts) {
    Slots slots = new Slots(rule);
    int[] head = slots.of(rule.terms());
    long[] row = new long[head.length];
    Relation relation = database.relation(rule.predicate());
    Step derive =
        values -> {
          for (int i = 0; i < head.length; i++) {
            row[i] = values[head[i]];
          }
          relation.add(row);
        };
    Step first = Plan.of(database, rule, slots, parts, derive);
    long[] values = slots.values();
    return () -> first.run(values);
  }

  private void aggregate(Rule rule) {
    Slots slots = new Slots(rule);
    try (Grouping grouping = new Grouping(rule, slots)) {
      Plan.of(database, rule, slots, known(rule), grouping).run(slots.values());
      Relation relation = database.relation(rule.predicate());
      grouping.results().forEach(relation::add);
    }
  }
}
