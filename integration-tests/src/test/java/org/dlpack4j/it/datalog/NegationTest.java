package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is absent, against the complement of what Warshall's algorithm finds. */
class NegationTest {

  private static final String PROGRAM =
      """
      relation edge(src: number, dst: number).
      relation node(node: number).
      relation tc(src: number, dst: number).
      relation unreached(src: number, dst: number).
      relation apart(one: number, other: number).
      relation sink(node: number).
      apart(x, y) :- unreached(x, y), unreached(y, x), x < y.   % before what it needs, on purpose
      unreached(x, y) :- !tc(x, y), node(x), node(y).
      tc(x, y) :- edge(x, y).
      tc(x, z) :- tc(x, y), edge(y, z).
      sink(x) :- node(x), !edge(x, _).
      node(x) :- edge(x, _).
      node(x) :- edge(_, x).
      """;

  private static Set<List<Long>> result(Graph graph, String relation) {
    return new Session(PROGRAM).with("edge", graph.facts()).result(relation);
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void pairsWithoutAPathAreThoseThatTheClosureLacks(Graph graph) {
    assertThat(result(graph, "unreached")).isEqualTo(Graph.pairs(unreached(graph)));
  }

  private static BitSet[] unreached(Graph graph) {
    BitSet nodes = graph.touched();
    BitSet[] unreached = graph.closure();
    for (int from = 0; from < graph.nodes(); from++) {
      BitSet others = nodes.get(0, nodes.get(from) ? graph.nodes() : 0);
      others.andNot(unreached[from]);
      unreached[from] = others;
    }
    return unreached;
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void whatFollowsFromAbsenceIsComputedAfterIt(Graph graph) {
    BitSet[] unreached = unreached(graph);
    Set<List<Long>> apart = new HashSet<>();
    for (int one = 0; one < graph.nodes(); one++) {
      for (int other = one + 1; other < graph.nodes(); other++) {
        if (unreached[one].get(other) && unreached[other].get(one)) {
          apart.add(List.of(Graph.name(one), Graph.name(other)));
        }
      }
    }
    assertThat(result(graph, "apart")).isEqualTo(apart);
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void anyRowAtAllMayBeAbsent(Graph graph) {
    assertThat(result(graph, "sink"))
        .extracting(row -> row.get(0))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, graph.nodes())
                .filter(graph.touched()::get)
                .filter(
                    node ->
                        IntStream.range(0, graph.edges().length)
                            .noneMatch(i -> graph.edges()[i][0] == node))
                .mapToObj(Graph::name)
                .toList());
  }

  @Test
  void relationsWithoutColumnsAreTrueOrFalse() {
    String program =
        """
        relation edge(src: number, dst: number).
        relation cyclic().
        relation acyclic().
        relation tc(src: number, dst: number).
        tc(x, y) :- edge(x, y).
        tc(x, z) :- tc(x, y), edge(y, z).
        cyclic() :- tc(x, x).
        acyclic() :- !cyclic().
        """;
    long[][] line = {{1, 2}, {2, 3}};
    long[][] circle = {{1, 2}, {2, 1}};
    assertThat(new Session(program).with("edge", line).result("cyclic")).isEmpty();
    assertThat(new Session(program).with("edge", line).result("acyclic")).hasSize(1);
    assertThat(new Session(program).with("edge", circle).result("cyclic")).hasSize(1);
    assertThat(new Session(program).with("edge", circle).result("acyclic")).isEmpty();
  }
}
