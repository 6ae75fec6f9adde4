package org.dlpack4j.it.datalog;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlpack4j.it.datalog.Term.Variable;

/** One condition of a rule's body. */
sealed interface Literal {

  /** The variables that it speaks of, in order, each as often as it is there. */
  Stream<Variable> variables();

  /** That there is such a row. */
  record Atom(String predicate, List<Term> terms) implements Literal {
    public Atom {
      terms = List.copyOf(terms);
    }

    @Override
    public Stream<Variable> variables() {
      return terms.stream().filter(Variable.class::isInstance).map(Variable.class::cast);
    }

    @Override
    public String toString() {
      return terms.stream()
          .map(Term::toString)
          .collect(Collectors.joining(", ", predicate + "(", ")"));
    }
  }

  /** That there is no such row. */
  record Negation(Atom atom) implements Literal {
    @Override
    public Stream<Variable> variables() {
      return atom.variables();
    }

    @Override
    public String toString() {
      return "!" + atom;
    }
  }

  /** How two values are to each other. */
  record Comparison(Term left, Operator operator, Term right) implements Literal {
    @Override
    public Stream<Variable> variables() {
      return Stream.of(left, right).filter(Variable.class::isInstance).map(Variable.class::cast);
    }

    @Override
    public String toString() {
      return left + " " + operator + " " + right;
    }
  }

  /** What may be asked of two values. */
  enum Operator {
    EQUAL("="),
    DIFFERENT("!="),
    LESS("<"),
    AT_MOST("<="),
    MORE(">"),
    AT_LEAST(">=");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    boolean holds(long left, long right) {
      return switch (this) {
        case EQUAL -> left == right;
        case DIFFERENT -> left != right;
        case LESS -> left < right;
        case AT_MOST -> left <= right;
        case MORE -> left > right;
        case AT_LEAST -> left >= right;
      };
    }

    /** Whether it asks for an order, which symbols do not have. */
    boolean isOrder() {
      return this != EQUAL && this != DIFFERENT;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
