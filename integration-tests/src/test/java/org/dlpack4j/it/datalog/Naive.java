package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlpack4j.it.datalog.Literal.Atom;
import org.dlpack4j.it.datalog.Term.Variable;

/**
 * What a program means, as plainly as it can be said: every rule over all rows, again and again
 * until nothing is new. The caller says in which order relations can be completed.
 */
final class Naive {

  private final Map<String, Set<List<Long>>> relations = new HashMap<>();

  Naive(Map<String, Set<List<Long>>> facts) {
    relations.putAll(facts);
  }

  Set<List<Long>> rows(String relation) {
    return relations.computeIfAbsent(relation, _ -> new HashSet<>());
  }

  /** Completes the heads of some rules, whose negated and aggregated relations are complete. */
  void complete(List<Rule> rules) {
    boolean changed;
    do {
      changed = false;
      for (Rule rule : rules) {
        changed |= rows(rule.predicate()).addAll(heads(rule));
      }
    } while (changed);
  }

  private Set<List<Long>> heads(Rule rule) {
    Map<List<Long>, List<Map<Variable, Long>>> groups = new HashMap<>();
    for (Map<Variable, Long> binding : bindings(rule)) {
      List<Long> key = new ArrayList<>();
      for (HeadTerm term : rule.terms()) {
        key.add(term instanceof Term plain ? value(plain, binding) : 0);
      }
      groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(binding);
    }
    Set<List<Long>> heads = new HashSet<>();
    groups.forEach((key, bindings) -> heads.add(head(rule, key, bindings)));
    return heads;
  }

  private static List<Long> head(Rule rule, List<Long> key, List<Map<Variable, Long>> bindings) {
    List<Long> head = new ArrayList<>(key);
    for (int i = 0; i < head.size(); i++) {
      if (rule.terms().get(i)
          instanceof Aggregate(Aggregate.Function function, Variable variable)) {
        List<Long> values = bindings.stream().map(binding -> value(variable, binding)).toList();
        head.set(
            i,
            switch (function) {
              case COUNT -> (long) values.size();
              case SUM -> values.stream().mapToLong(Long::longValue).sum();
              case MIN -> values.stream().mapToLong(Long::longValue).min().orElseThrow();
              case MAX -> values.stream().mapToLong(Long::longValue).max().orElseThrow();
            });
      }
    }
    return head;
  }

  private Set<Map<Variable, Long>> bindings(Rule rule) {
    Set<Map<Variable, Long>> bindings = Set.of(Map.of());
    for (Atom atom : rule.atoms()) {
      Set<Map<Variable, Long>> longer = new HashSet<>();
      for (Map<Variable, Long> binding : bindings) {
        rows(atom.predicate()).forEach(row -> extended(binding, atom, row).ifPresent(longer::add));
      }
      bindings = longer;
    }
    Set<Map<Variable, Long>> kept = new HashSet<>(bindings);
    for (Literal literal : rule.body()) {
      kept.removeIf(binding -> !passes(literal, binding));
    }
    return kept;
  }

  private boolean passes(Literal literal, Map<Variable, Long> binding) {
    return switch (literal) {
      case Atom _ -> true;
      case Literal.Negation(Atom atom) ->
          rows(atom.predicate()).stream()
              .noneMatch(row -> extended(binding, atom, row).isPresent());
      case Literal.Comparison(Term left, Literal.Operator operator, Term right) -> {
        int order = Long.compare(value(left, binding), value(right, binding));
        yield switch (operator) {
          case EQUAL -> order == 0;
          case DIFFERENT -> order != 0;
          case LESS -> order < 0;
          case AT_MOST -> order <= 0;
          case MORE -> order > 0;
          case AT_LEAST -> order >= 0;
        };
      }
    };
  }

  private static Optional<Map<Variable, Long>> extended(
      Map<Variable, Long> binding, Atom atom, List<Long> row) {
    Map<Variable, Long> longer = new HashMap<>(binding);
    for (int i = 0; i < row.size(); i++) {
      Term term = atom.terms().get(i);
      if (term instanceof Variable variable) {
        longer.putIfAbsent(variable, row.get(i));
      }
      if (!(term instanceof Term.Anything) && value(term, longer) != row.get(i)) {
        return Optional.empty();
      }
    }
    return Optional.of(longer);
  }

  private static long value(Term term, Map<Variable, Long> binding) {
    return switch (term) {
      case Variable variable -> binding.getOrDefault(variable, 0L);
      case Term.Constant constant -> constant.value();
      case Term.Anything _ -> throw new IllegalArgumentException("_ has no value");
    };
  }
}
