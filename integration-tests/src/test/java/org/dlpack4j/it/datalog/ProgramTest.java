package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.dlpack4j.DataType;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs as text: what they declare, and why some are refused. */
class ProgramTest {

  private static final String RELATIONS =
      """
      relation edge(src: number, dst: number).
      relation p(x: number).
      relation q(x: number).
      relation s(x: symbol).
      relation pair(name: symbol, x: number).
      """;

  @Test
  void saysWhichFactsItWantsAndOfWhatSchema() {
    Program program = Program.parse(RELATIONS + "p(x) :- edge(x, _). s(x) :- pair(x, _).");
    assertThat(program.inputs()).containsExactly("edge", "q", "pair");
    assertThat(program.schema("pair"))
        .isEqualTo(Schema.of(Field.symbol("name"), Field.number("x", DataType.INT64)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> program.schema("pear"))
        .withMessage("program: expected one of the relations [edge, p, q, s, pair] but found pear");
  }

  @Test
  void isWrittenAsItIsRead() {
    String rules =
        """
        p(x) :- edge(x, _), !q(x), x != -7, 3 <= x.
        p(5).
        q(count(x)) :- pair(y, x).
        s(y) :- pair(y, 9).\
        """;
    Program program = Program.parse(RELATIONS + rules);
    assertThat(program).hasToString(rules);
    assertThat(Program.parse(RELATIONS + program)).hasToString(rules);
  }

  @Test
  void mayHaveFactsOfItsOwn() {
    String text = "relation p(x: number, y: number). p(1, 2). p(1, 2). p(y, x) :- p(x, y), x < y.";
    assertThat(new Session(text).result("p")).isEqualTo(Set.of(List.of(1L, 2L), List.of(2L, 1L)));
  }

  @Test
  void comparesInEveryWay() {
    String text =
        """
        relation n(x: number).
        relation r(way: number, x: number, y: number).
        n(-1). n(0). n(1).
        r(1, x, y) :- n(x), n(y), x = y.
        r(2, x, y) :- n(x), n(y), x != y.
        r(3, x, y) :- n(x), n(y), x < y.
        r(4, x, y) :- n(x), n(y), x <= y.
        r(5, x, y) :- n(x), n(y), x > y.
        r(6, x, y) :- n(x), n(y), x >= y.
        """;
    assertThat(new Session(text).result("r"))
        .extracting(row -> row.get(0))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(
                    Map.entry(1L, 3),
                    Map.entry(2L, 6),
                    Map.entry(3L, 3),
                    Map.entry(4L, 6),
                    Map.entry(5L, 3),
                    Map.entry(6L, 6))
                .flatMap(way -> Stream.generate(way::getKey).limit(way.getValue()))
                .toList())
        .hasSize(27);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of("p(x) :- q(x)", "line 6: expected . but found the end"),
        Arguments.of(
            "p(x) :- \n\n q(x;", "line 8: expected a word, a number or a sign but found ;"),
        Arguments.of("p(x) :- x q(x).", "line 6: expected a comparison but found q"),
        Arguments.of("p(x) :- q(x), _ < 3.", "line 6: expected a variable or a number but found _"),
        Arguments.of(
            "p(avg(x)) :- q(x).", "line 6: expected one of [count, sum, min, max] but found avg"),
        Arguments.of(
            "p(9223372036854775808).",
            "line 6: expected a number of 64 bits but found 9223372036854775808"),
        Arguments.of("relation r(x: text).", "line 6: expected number or symbol but found text"),
        Arguments.of(
            "relation p(x: number).",
            "line 6: expected a relation that was not declared before but found p"),
        Arguments.of(
            "p(y) :- q(x).",
            "rule p(y) :- q(x): expected y in an atom that is not negated but found it in none"),
        Arguments.of(
            "p(x) :- q(x), !edge(x, y).",
            "rule p(x) :- q(x), !edge(x, y): expected y in an atom that is not negated but found it"
                + " in none"),
        Arguments.of(
            "p(x) :- q(x), y < x.",
            "rule p(x) :- q(x), y < x: expected y in an atom that is not negated but found it in"
                + " none"),
        Arguments.of(
            "p(_) :- q(x).", "rule p(_) :- q(x): expected a value in the head but found _"),
        Arguments.of(
            "p(x) :- r(x).",
            "rule p(x) :- r(x): expected one of the relations [edge, p, q, s, pair] but found r"),
        Arguments.of(
            "p(x) :- edge(x).", "rule p(x) :- edge(x): expected 2 columns of edge but found 1"),
        Arguments.of(
            "p(x) :- s(x).",
            "rule p(x) :- s(x): expected a number for p.x but found x, which is a symbol"),
        Arguments.of(
            "s(-1).", "rule s(-1): expected a symbol, 0 to 4294967295, for s.x but found -1"),
        Arguments.of(
            "p(max(n)) :- pair(n, _).",
            "rule p(max(n)) :- pair(n, _): expected a number made of numbers for p.x but"
                + " found max(n)"),
        Arguments.of(
            "s(count(n)) :- pair(n, _).",
            "rule s(count(n)) :- pair(n, _): expected a number made of numbers for s.x"
                + " but found count(n)"),
        Arguments.of(
            "s(n) :- pair(n, x), n = x.",
            "rule s(n) :- pair(n, x), n = x: expected a comparison of two numbers or two symbols"
                + " but found n = x"),
        Arguments.of(
            "s(n) :- pair(n, _), n < 3.",
            "rule s(n) :- pair(n, _), n < 3: expected a comparison of numbers but found n < 3"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void isRefusedWithThePlaceAndTheReason(String rule, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Program.parse(RELATIONS + rule))
        .withMessage(message);
  }

  @Test
  void isRefusedIfItRecursesThroughNegation() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Program.parse(RELATIONS + "p(x) :- edge(x, _), !q(x). q(x) :- edge(x, y), p(y)."))
        .withMessage(
            "rule p(x) :- edge(x, _), !q(x): expected q to be complete before p but found that each"
                + " needs the other; they may be neither negated nor aggregated in their own"
                + " recursion");
  }

  @Test
  void isRefusedIfItRecursesThroughAnAggregate() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Program.parse(RELATIONS + "p(count(x)) :- p(x)."))
        .withMessageStartingWith(
            "rule p(count(x)) :- p(x): expected p to be complete before p but found");
  }
}
