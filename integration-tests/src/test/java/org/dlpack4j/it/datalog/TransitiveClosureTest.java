package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Recursion, in the ways in which one can write it, against Warshall's algorithm. */
class TransitiveClosureTest {

  private static final String RELATIONS =
      """
      relation edge(src: number, dst: number).
      relation tc(src: number, dst: number).
      tc(x, y) :- edge(x, y).
      """;

  private static void assertClosed(Graph graph, String rules) {
    assertThat(new Session(RELATIONS + rules).with("edge", graph.facts()).result("tc"))
        .isEqualTo(Graph.pairs(graph.closure()));
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void recursionMayComeFirst(Graph graph) {
    assertClosed(graph, "tc(x, z) :- tc(x, y), edge(y, z).");
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void recursionMayComeLast(Graph graph) {
    assertClosed(graph, "tc(x, z) :- edge(x, y), tc(y, z).");
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void recursionMayBeTwofold(Graph graph) {
    assertClosed(graph, "tc(x, z) :- tc(x, y), tc(y, z).");
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void recursionMayBeThreefold(Graph graph) {
    assertClosed(
        graph, "tc(x, z) :- tc(x, y), edge(y, z). tc(w, z) :- tc(w, x), tc(x, y), tc(y, z).");
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void recursionMayGoThroughAnotherRelation(Graph graph) {
    assertThat(
            new Session(
                    """
                    relation edge(src: number, dst: number).
                    relation odd(src: number, dst: number).
                    relation even(src: number, dst: number).
                    relation tc(src: number, dst: number).
                    odd(x, y) :- edge(x, y).
                    odd(x, z) :- even(x, y), edge(y, z).
                    even(x, z) :- odd(x, y), edge(y, z).
                    tc(x, y) :- odd(x, y).
                    tc(x, y) :- even(x, y).
                    """)
                .with("edge", graph.facts())
                .result("tc"))
        .isEqualTo(Graph.pairs(graph.closure()));
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void whatIsReachedFromOneNodeIsFoundByAConstant(Graph graph) {
    String program =
        """
        relation edge(src: number, dst: number).
        relation reached(dst: number).
        reached(y) :- edge(%d, y).
        reached(z) :- reached(y), edge(y, z).
        """
            .formatted(Graph.name(0));
    BitSet[] closure = graph.closure();
    assertThat(new Session(program).with("edge", graph.facts()).result("reached"))
        .extracting(row -> row.get(0))
        .containsExactlyInAnyOrderElementsOf(closure[0].stream().mapToObj(Graph::name).toList());
  }

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void nodesOnACycleReachThemselves(Graph graph) {
    BitSet[] closure = graph.closure();
    assertThat(
            new Session(
                    RELATIONS
                        + """
                        relation cyclic(node: number).
                        tc(x, z) :- tc(x, y), edge(y, z).
                        cyclic(x) :- tc(x, x).
                        """)
                .with("edge", graph.facts())
                .result("cyclic"))
        .extracting(row -> row.get(0))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, graph.nodes())
                .filter(node -> closure[node].get(node))
                .mapToObj(Graph::name)
                .toList());
  }
}
