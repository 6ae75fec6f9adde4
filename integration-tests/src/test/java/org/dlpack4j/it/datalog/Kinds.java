package org.dlpack4j.it.datalog;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlpack4j.it.datalog.Literal.Atom;
import org.dlpack4j.it.datalog.Literal.Comparison;
import org.dlpack4j.it.datalog.Term.Variable;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.LogicalType;
import org.dlpack4j.table.Schema;

/**
 * Checks that a rule uses relations as they are declared, and never takes a symbol for a number.
 */
final class Kinds {

  private static final LogicalType NUMBER = new LogicalType.Numeric();
  private static final long HIGHEST_SYMBOL = 0xFFFF_FFFFL;

  private final Map<String, Schema> schemas;
  private final Rule rule;
  private final Map<Variable, LogicalType> kinds = new HashMap<>();

  private Kinds(Map<String, Schema> schemas, Rule rule) {
    this.schemas = schemas;
    this.rule = rule;
  }

  /**
   * Checks a rule.
   *
   * @throws IllegalArgumentException if something in it is not as it is declared
   */
  static void check(Map<String, Schema> schemas, Rule rule) {
    Kinds kinds = new Kinds(schemas, rule);
    rule.atoms().forEach(kinds::checkAtom);
    for (Literal literal : rule.body()) {
      switch (literal) {
        case Atom _ -> {}
        case Literal.Negation negation -> kinds.checkAtom(negation.atom());
        case Comparison comparison -> kinds.checkComparison(comparison);
      }
    }
    kinds.checkTerms(rule.predicate(), rule.terms());
  }

  private void checkAtom(Atom atom) {
    checkTerms(atom.predicate(), atom.terms());
  }

  private void checkTerms(String predicate, List<? extends HeadTerm> terms) {
    Schema schema = schemas.get(predicate);
    if (schema == null) {
      throw rule.wrong("one of the relations " + schemas.keySet(), predicate);
    }
    List<Field> fields = schema.fields();
    if (fields.size() != terms.size()) {
      throw rule.wrong(fields.size() + " columns of " + predicate, terms.size());
    }
    for (int i = 0; i < terms.size(); i++) {
      checkTerm(predicate + "." + fields.get(i).name(), fields.get(i).type(), terms.get(i));
    }
  }

  private void checkTerm(String column, LogicalType type, HeadTerm term) {
    switch (term) {
      case Variable variable -> {
        LogicalType known = kinds.putIfAbsent(variable, type);
        if (known != null && !known.equals(type)) {
          throw rule.wrong(
              "a " + word(type) + " for " + column, variable + ", which is a " + word(known));
        }
      }
      case Term.Constant constant -> checkConstant(column, type, constant.value());
      case Term.Anything _ -> {}
      case Aggregate aggregate -> checkAggregate(column, type, aggregate);
    }
  }

  private void checkConstant(String column, LogicalType type, long value) {
    if (!type.equals(NUMBER) && (value < 0 || value > HIGHEST_SYMBOL)) {
      throw rule.wrong("a symbol, 0 to " + HIGHEST_SYMBOL + ", for " + column, value);
    }
  }

  private void checkAggregate(String column, LogicalType type, Aggregate aggregate) {
    boolean counts = aggregate.function() == Aggregate.Function.COUNT;
    if (!type.equals(NUMBER) || !(counts || isNumber(aggregate.variable()))) {
      throw rule.wrong("a number made of numbers for " + column, aggregate);
    }
  }

  private void checkComparison(Comparison comparison) {
    List<LogicalType> types = comparison.variables().map(this::kind).distinct().toList();
    boolean ordered = comparison.operator().isOrder();
    if (types.size() > 1 || (ordered && !types.stream().allMatch(NUMBER::equals))) {
      throw rule.wrong(
          "a comparison of " + (ordered ? "numbers" : "two numbers or two symbols"), comparison);
    }
  }

  private boolean isNumber(Variable variable) {
    return kind(variable).equals(NUMBER);
  }

  private LogicalType kind(Variable variable) {
    return kinds.getOrDefault(variable, NUMBER);
  }

  private static String word(LogicalType type) {
    return type.equals(NUMBER) ? "number" : "symbol";
  }
}
