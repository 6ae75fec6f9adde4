package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.dlpack4j.DataType;
import org.dlpack4j.it.datalog.Literal.Atom;
import org.dlpack4j.it.datalog.Literal.Comparison;
import org.dlpack4j.it.datalog.Literal.Negation;
import org.dlpack4j.it.datalog.Literal.Operator;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Schema;

/** Reads the text of a program; {@link Program#parse} says what it looks like. */
final class Parser {

  private static final String DECLARE = "relation";

  private final Tokens tokens;
  private final Map<String, Schema> schemas = new LinkedHashMap<>();
  private final List<Rule> rules = new ArrayList<>();

  Parser(String text) {
    this.tokens = new Tokens(text);
  }

  Program program() {
    while (!tokens.atEnd()) {
      if (tokens.peek().equals(DECLARE) && tokens.isFollowedByName()) {
        declaration();
      } else {
        rules.add(rule());
      }
    }
    return new Program(schemas, rules);
  }

  private void declaration() {
    tokens.expect(DECLARE);
    if (schemas.containsKey(tokens.peek())) {
      throw tokens.wrong("a relation that was not declared before");
    }
    String name = tokens.name("a relation");
    schemas.put(name, new Schema(list(this::field)));
    tokens.expect(".");
  }

  private Field field() {
    String name = tokens.name("a column");
    tokens.expect(":");
    if (tokens.skip("number")) {
      return Field.number(name, DataType.INT64);
    }
    if (tokens.skip("symbol")) {
      return Field.symbol(name);
    }
    throw tokens.wrong("number or symbol");
  }

  private Rule rule() {
    String predicate = tokens.name("a relation");
    List<HeadTerm> terms = list(this::headTerm);
    List<Literal> body = new ArrayList<>();
    if (tokens.skip(":-")) {
      do {
        body.add(literal());
      } while (tokens.skip(","));
    }
    tokens.expect(".");
    return new Rule(predicate, terms, body);
  }

  private HeadTerm headTerm() {
    if (!tokens.isFollowedBy("(")) {
      return term();
    }
    Aggregate.Function function =
        Arrays.stream(Aggregate.Function.values())
            .filter(known -> tokens.skip(known.toString()))
            .findFirst()
            .orElseThrow(
                () -> {
                  String known = Arrays.toString(Aggregate.Function.values());
                  return tokens.wrong("one of " + known.toLowerCase(Locale.ROOT));
                });
    tokens.expect("(");
    Term.Variable variable = new Term.Variable(tokens.name("a variable"));
    tokens.expect(")");
    return new Aggregate(function, variable);
  }

  private Literal literal() {
    if (tokens.skip("!")) {
      return new Negation(atom());
    }
    return tokens.isFollowedBy("(") ? atom() : comparison();
  }

  private Atom atom() {
    return new Atom(tokens.name("a relation"), list(this::term));
  }

  private Comparison comparison() {
    Term left = value();
    Optional<Operator> operator =
        Arrays.stream(Operator.values()).filter(known -> tokens.skip(known.toString())).findFirst();
    if (operator.isEmpty()) {
      throw tokens.wrong("a comparison");
    }
    return new Comparison(left, operator.get(), value());
  }

  /** A term that has one value. */
  private Term value() {
    if (tokens.peek().equals("_")) {
      throw tokens.wrong("a variable or a number");
    }
    return term();
  }

  private Term term() {
    if (tokens.atNumber()) {
      return new Term.Constant(tokens.number());
    }
    String name = tokens.name("a variable or a number");
    return name.equals("_") ? new Term.Anything() : new Term.Variable(name);
  }

  private <T> List<T> list(Supplier<T> element) {
    List<T> elements = new ArrayList<>();
    tokens.expect("(");
    if (!tokens.skip(")")) {
      do {
        elements.add(element.get());
      } while (tokens.skip(","));
      tokens.expect(")");
    }
    return elements;
  }
}
