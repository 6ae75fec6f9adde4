package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.dlpack4j.it.datalog.Literal.Atom;
import org.dlpack4j.it.datalog.Literal.Comparison;
import org.dlpack4j.it.datalog.Literal.Negation;

/**
 * A rule made into a join: first what is new, then always the atom of which most is known, and each
 * test as soon as it can be made.
 */
final class Plan {

  private final Database database;
  private final Slots slots;
  private final List<Literal> todo;
  private final List<Relation.Part> parts;
  private final Set<Integer> bound;
  private final List<UnaryOperator<Step>> steps = new ArrayList<>();

  /** A plan whose atoms look at the given parts of their relations, one for each literal. */
  private Plan(Database database, Rule rule, Slots slots, List<Relation.Part> parts) {
    this.database = database;
    this.slots = slots;
    this.todo = new ArrayList<>(rule.body());
    this.parts = new ArrayList<>(parts);
    this.bound = slots.constants();
  }

  /**
   * Makes the steps.
   *
   * @param parts for each literal of the body, the rows that it is to look at
   * @param last what to do with every binding
   */
  static Step of(Database database, Rule rule, Slots slots, List<Relation.Part> parts, Step last) {
    Plan plan = new Plan(database, rule, slots, parts);
    while (!plan.todo.isEmpty()) {
      plan.take(plan.best());
    }
    Step first = last;
    for (UnaryOperator<Step> step : plan.steps.reversed()) {
      first = step.apply(first);
    }
    return first;
  }

  private int best() {
    int best = 0;
    for (int i = 1; i < todo.size(); i++) {
      if (Comparator.comparingInt(this::worth).compare(i, best) > 0) {
        best = i;
      }
    }
    return best;
  }

  /** How good it is to do a literal next. */
  private int worth(int literal) {
    return switch (todo.get(literal)) {
      case Atom _ when parts.get(literal) == Relation.Part.DELTA -> Integer.MAX_VALUE - 1;
      case Atom atom -> (int) atom.terms().stream().map(slots::of).filter(bound::contains).count();
      case Negation test -> isBound(test) ? Integer.MAX_VALUE : Integer.MIN_VALUE;
      case Comparison test -> isBound(test) ? Integer.MAX_VALUE : Integer.MIN_VALUE;
    };
  }

  private boolean isBound(Literal test) {
    return test.variables().allMatch(variable -> bound.contains(slots.of(variable)));
  }

  private void take(int literal) {
    Relation.Part part = parts.remove(literal);
    switch (todo.remove(literal)) {
      case Atom atom -> {
        Relation relation = database.relation(atom.predicate());
        Pattern pattern = new Pattern(atom, slots, new HashSet<>(bound));
        steps.add(next -> new Lookup(relation, part, pattern, next));
        atom.variables().forEach(variable -> bound.add(slots.of(variable)));
      }
      case Negation negation -> steps.add(next -> absent(negation.atom(), next));
      case Comparison comparison -> steps.add(next -> compared(comparison, next));
    }
  }

  private Step absent(Atom atom, Step next) {
    Pattern pattern = new Pattern(atom, slots, bound);
    Index index = database.relation(atom.predicate()).on(pattern.keyColumns());
    long[] key = new long[pattern.keyColumns().length];
    return values -> {
      pattern.fillKey(values, key);
      if (index.first(key) == Index.NONE) {
        next.run(values);
      }
    };
  }

  private Step compared(Comparison comparison, Step next) {
    int left = slots.of(comparison.left());
    int right = slots.of(comparison.right());
    return values -> {
      if (comparison.operator().holds(values[left], values[right])) {
        next.run(values);
      }
    };
  }
}
