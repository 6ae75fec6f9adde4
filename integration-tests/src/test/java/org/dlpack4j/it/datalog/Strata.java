package org.dlpack4j.it.datalog;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The order in which predicates can be computed: those that depend on each other together, and all
 * others one by one, each after what it depends on.
 */
final class Strata {

  /**
   * Predicates to be computed together.
   *
   * @param predicates each depends on all of them, or there is only one
   * @param rules those with one of them for a head
   */
  record Stratum(Set<String> predicates, List<Rule> rules) {
    Stratum {
      predicates = Set.copyOf(predicates);
      rules = List.copyOf(rules);
    }
  }

  private final List<Rule> rules;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<String, Integer> lowest = new HashMap<>();
  private final Deque<String> open = new ArrayDeque<>();
  private final List<Stratum> found = new ArrayList<>();

  private Strata(List<Rule> rules) {
    this.rules = rules;
  }

  /**
   * The strata, each after those that it depends on.
   *
   * @throws IllegalArgumentException if a predicate depends on its own absence, or on an aggregate
   *     of itself
   */
  static List<Stratum> of(List<Rule> rules) {
    Strata strata = new Strata(rules);
    rules.forEach(rule -> strata.visit(rule.predicate()));
    return strata.found;
  }

  /** Tarjan's algorithm: a component is complete when its first predicate is left. */
  private void visit(String predicate) {
    if (numbers.containsKey(predicate)) {
      return;
    }
    int number = numbers.size();
    numbers.put(predicate, number);
    lowest.put(predicate, number);
    open.push(predicate);
    rulesOf(Set.of(predicate)).stream()
        .flatMap(Rule::dependencies)
        .forEach(
            dependency -> {
              visit(dependency);
              if (open.contains(dependency)) {
                lowest.merge(predicate, low(dependency), Math::min);
              }
            });
    if (low(predicate) == number) {
      close(predicate);
    }
  }

  private int low(String predicate) {
    return lowest.getOrDefault(predicate, Integer.MAX_VALUE);
  }

  private void close(String predicate) {
    Set<String> together = new LinkedHashSet<>();
    String last;
    do {
      last = open.pop();
      together.add(last);
    } while (!last.equals(predicate));
    List<Rule> theirs = rulesOf(together);
    for (Rule rule : theirs) {
      rule.completed()
          .filter(together::contains)
          .findFirst()
          .ifPresent(
              incomplete -> {
                throw rule.wrong(
                    incomplete + " to be complete before " + rule.predicate(),
                    "that each needs the other; they may be neither negated nor aggregated in their"
                        + " own recursion");
              });
    }
    if (!theirs.isEmpty()) {
      found.add(new Stratum(together, theirs));
    }
  }

  private List<Rule> rulesOf(Set<String> predicates) {
    return rules.stream().filter(rule -> predicates.contains(rule.predicate())).toList();
  }
}
