package org.dlpack4j.it.datalog;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlpack4j.it.datalog.Literal.Atom;
import org.dlpack4j.it.datalog.Literal.Negation;
import org.dlpack4j.it.datalog.Term.Variable;

/**
 * That there is a row, whenever all conditions hold.
 *
 * @param predicate whose row
 * @param terms the row
 * @param body the conditions; none for a fact
 */
record Rule(String predicate, List<HeadTerm> terms, List<Literal> body) {

  /**
   * Checks that the rule can be computed: positive atoms give every variable its values.
   *
   * @throws IllegalArgumentException if they do not
   */
  Rule {
    terms = List.copyOf(terms);
    body = List.copyOf(body);
    String text = text(predicate, terms, body);
    Set<Variable> bound =
        body.stream()
            .filter(Atom.class::isInstance)
            .flatMap(Literal::variables)
            .collect(Collectors.toSet());
    Stream.concat(terms.stream().flatMap(Rule::used), body.stream().flatMap(Literal::variables))
        .filter(variable -> !bound.contains(variable))
        .findFirst()
        .ifPresent(
            variable -> {
              throw wrong(text, variable + " in an atom that is not negated", "it in none");
            });
    if (terms.contains(new Term.Anything())) {
      throw wrong(text, "a value in the head", "_");
    }
  }

  private static Stream<Variable> used(HeadTerm term) {
    return switch (term) {
      case Variable variable -> Stream.of(variable);
      case Aggregate aggregate -> Stream.of(aggregate.variable());
      case Term.Constant _, Term.Anything _ -> Stream.empty();
    };
  }

  /** The positive atoms. */
  List<Atom> atoms() {
    return body.stream().filter(Atom.class::isInstance).map(Atom.class::cast).toList();
  }

  /** What must be complete before the rule can be applied. */
  Stream<String> completed() {
    return isAggregated()
        ? dependencies()
        : body.stream()
            .filter(Negation.class::isInstance)
            .map(literal -> ((Negation) literal).atom().predicate());
  }

  /** All predicates of the body. */
  Stream<String> dependencies() {
    return body.stream()
        .flatMap(
            literal ->
                switch (literal) {
                  case Atom atom -> Stream.of(atom.predicate());
                  case Negation negation -> Stream.of(negation.atom().predicate());
                  case Literal.Comparison _ -> Stream.empty();
                });
  }

  boolean isAggregated() {
    return terms.stream().anyMatch(Aggregate.class::isInstance);
  }

  /** Why the rule is refused. */
  IllegalArgumentException wrong(String expected, Object found) {
    return wrong(toString(), expected, found);
  }

  private static IllegalArgumentException wrong(String rule, String expected, Object found) {
    return new IllegalArgumentException(
        "rule %s: expected %s but found %s".formatted(rule, expected, found));
  }

  /** As it is written. */
  @Override
  public String toString() {
    return text(predicate, terms, body);
  }

  private static String text(String predicate, List<HeadTerm> terms, List<Literal> body) {
    String head =
        terms.stream()
            .map(HeadTerm::toString)
            .collect(Collectors.joining(", ", predicate + "(", ")"));
    return body.isEmpty()
        ? head
        : body.stream().map(Literal::toString).collect(Collectors.joining(", ", head + " :- ", ""));
  }
}
