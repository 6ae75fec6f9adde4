package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlpack4j.it.datalog.Literal.Atom;
import org.dlpack4j.it.datalog.Literal.Comparison;
import org.dlpack4j.it.datalog.Literal.Negation;

/** A place for each variable and each constant of a rule. */
final class Slots {

  private final List<HeadTerm> terms;

  Slots(Rule rule) {
    Set<HeadTerm> all = new HashSet<>(rule.terms());
    for (Literal literal : rule.body()) {
      switch (literal) {
        case Atom atom -> all.addAll(atom.terms());
        case Negation negation -> all.addAll(negation.atom().terms());
        case Comparison comparison -> all.addAll(List.of(comparison.left(), comparison.right()));
      }
    }
    all.removeIf(term -> term instanceof Term.Anything || term instanceof Aggregate);
    terms = new ArrayList<>(all);
  }

  int of(HeadTerm term) {
    return terms.indexOf(term instanceof Aggregate aggregate ? aggregate.variable() : term);
  }

  int[] of(List<? extends HeadTerm> some) {
    return some.stream().mapToInt(this::of).toArray();
  }

  /** The slots of all variables. */
  int[] variables() {
    return of(terms.stream().filter(Term.Variable.class::isInstance).toList());
  }

  /** The slots of all constants, which have their values from the start. */
  Set<Integer> constants() {
    Set<Integer> slots = new HashSet<>();
    terms.stream().filter(Term.Constant.class::isInstance).forEach(term -> slots.add(of(term)));
    return slots;
  }

  /** The values to start with. */
  long[] values() {
    return terms.stream()
        .mapToLong(term -> term instanceof Term.Constant constant ? constant.value() : 0)
        .toArray();
  }
}
