package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dlpack4j.it.datalog.Literal.Atom;
import org.dlpack4j.it.datalog.Literal.Comparison;
import org.dlpack4j.it.datalog.Literal.Negation;
import org.dlpack4j.it.datalog.Term.Variable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs of every shape, against {@link Naive}. */
class RandomProgramsTest {

  private static final int PROGRAMS = 250;
  private static final int VALUES = 5;
  private static final int LAYERS = 3;

  /** A digit says how many columns a relation has, a letter to which layer it belongs. */
  private static final List<String> INPUTS = List.of("a2", "a1", "aa2", "a3");

  private static final List<Variable> VARIABLES =
      Stream.of("x", "y", "z", "w").map(Variable::new).toList();

  static LongStream seeds() {
    return LongStream.range(0, PROGRAMS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void meanWhatTheyMeanToANaiveInterpreter(long seed) {
    Random random = new Random(seed);
    List<List<Rule>> layers = new ArrayList<>();
    List<String> complete = new ArrayList<>(INPUTS);
    for (int layer = 1; layer <= LAYERS; layer++) {
      List<String> own = own(layer);
      layers.add(rules(random, own, complete));
      complete.addAll(own);
    }
    Map<String, long[][]> facts = new HashMap<>();
    INPUTS.forEach(input -> facts.put(input, facts(random, columns(input))));

    List<String> derived = complete.subList(INPUTS.size(), complete.size());
    Session session = new Session(Program.parse(text(random, complete, layers)));
    facts.forEach(session::with);
    assertThat(session.results(derived.toArray(String[]::new)))
        .isEqualTo(naive(facts, layers, derived));
  }

  private static List<String> own(int layer) {
    String letter = Character.toString('a' + layer);
    return List.of(letter + "1", letter + "2", letter + letter + "2");
  }

  private static int columns(String relation) {
    return relation.charAt(relation.length() - 1) - '0';
  }

  private static long[][] facts(Random random, int columns) {
    int rows = random.nextInt(2 * VALUES);
    return IntStream.range(0, rows)
        .mapToObj(_ -> random.longs(columns, 0, VALUES).toArray())
        .toArray(long[][]::new);
  }

  private static List<Rule> rules(Random random, List<String> own, List<String> complete) {
    List<Rule> rules = new ArrayList<>();
    for (String relation : own) {
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        boolean aggregates = random.nextInt(5) == 0;
        List<Literal> body = body(random, aggregates ? List.of() : own, complete);
        rules.add(new Rule(relation, head(random, body, columns(relation), aggregates), body));
      }
    }
    return rules;
  }

  private static List<Literal> body(Random random, List<String> own, List<String> complete) {
    List<Literal> body = new ArrayList<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      boolean recurses = !own.isEmpty() && random.nextBoolean();
      body.add(atom(random, any(random, recurses ? own : complete), VARIABLES));
    }
    List<Variable> bound = bound(body);
    if (random.nextInt(3) == 0) {
      body.add(new Negation(atom(random, any(random, complete), bound)));
    }
    if (random.nextInt(3) == 0) {
      Literal.Operator operator = any(random, List.of(Literal.Operator.values()));
      body.add(new Comparison(value(random, bound), operator, value(random, bound)));
    }
    Collections.shuffle(body, random);
    return body;
  }

  private static List<Variable> bound(List<Literal> body) {
    return body.stream()
        .filter(Atom.class::isInstance)
        .flatMap(Literal::variables)
        .distinct()
        .toList();
  }

  private static Atom atom(Random random, String relation, List<Variable> variables) {
    List<Term> terms = new ArrayList<>();
    for (int i = columns(relation); i > 0; i--) {
      terms.add(random.nextInt(8) == 0 ? new Term.Anything() : value(random, variables));
    }
    return new Atom(relation, terms);
  }

  private static Term value(Random random, List<Variable> variables) {
    return variables.isEmpty() || random.nextInt(6) == 0
        ? new Term.Constant(random.nextInt(VALUES))
        : any(random, variables);
  }

  private static List<HeadTerm> head(
      Random random, List<Literal> body, int columns, boolean aggregates) {
    List<Variable> bound = bound(body);
    List<HeadTerm> terms = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      terms.add(
          aggregates && i == columns - 1 && !bound.isEmpty()
              ? new Aggregate(any(random, List.of(Aggregate.Function.values())), any(random, bound))
              : value(random, bound));
    }
    return terms;
  }

  private static <T> T any(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** The rules of all layers mixed, so that the engine has to find the order. */
  private static String text(Random random, List<String> relations, List<List<Rule>> layers) {
    List<String> lines = new ArrayList<>();
    for (String relation : relations) {
      lines.add(
          IntStream.range(0, columns(relation))
              .mapToObj(i -> "c" + i + ": number")
              .collect(Collectors.joining(", ", "relation " + relation + "(", ").")));
    }
    layers.forEach(rules -> rules.forEach(rule -> lines.add(rule + ".")));
    Collections.shuffle(lines, random);
    return String.join("\n", lines);
  }

  private static Map<String, Set<List<Long>>> naive(
      Map<String, long[][]> facts, List<List<Rule>> layers, List<String> derived) {
    Map<String, Set<List<Long>>> inputs = new HashMap<>();
    facts.forEach(
        (name, rows) ->
            inputs.put(
                name,
                Stream.of(rows)
                    .map(row -> LongStream.of(row).boxed().toList())
                    .collect(Collectors.toCollection(HashSet::new))));
    Naive naive = new Naive(inputs);
    layers.forEach(naive::complete);
    return derived.stream().collect(Collectors.toMap(name -> name, naive::rows));
  }
}
