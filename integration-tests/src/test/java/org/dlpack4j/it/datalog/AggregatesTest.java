package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Counts, sums and extremes, against those of the rows of Warshall's matrix. */
class AggregatesTest {

  private static final String PROGRAM =
      """
      relation edge(src: number, dst: number).
      relation tc(src: number, dst: number).
      relation reach(node: number, nodes: number, total: number, least: number, most: number).
      relation widest(nodes: number).
      relation hub(node: number).
      tc(x, y) :- edge(x, y).
      tc(x, z) :- tc(x, y), edge(y, z).
      reach(x, count(y), sum(y), min(y), max(y)) :- tc(x, y).
      widest(max(n)) :- reach(_, n, _, _, _).
      hub(x) :- reach(x, n, _, _, _), widest(n).
      """;

  @ParameterizedTest
  @MethodSource("org.dlpack4j.it.datalog.Graph#several")
  void whatEachNodeReachesIsCountedAndSummed(Graph graph) {
    BitSet[] closure = graph.closure();
    Set<List<Long>> reach = new HashSet<>();
    Set<List<Long>> hubs = new HashSet<>();
    int widest = 1;
    for (int node = 0; node < graph.nodes(); node++) {
      if (!closure[node].isEmpty()) {
        reach.add(row(node, closure[node].stream().mapToLong(Graph::name).summaryStatistics()));
        int reached = closure[node].cardinality();
        if (reached > widest) {
          hubs.clear();
          widest = reached;
        }
        if (reached == widest) {
          hubs.add(List.of(Graph.name(node)));
        }
      }
    }
    Map<String, Set<List<Long>>> results =
        new Session(PROGRAM).with("edge", graph.facts()).results("reach", "hub");
    assertThat(results).isEqualTo(Map.of("reach", reach, "hub", hubs));
  }

  private static List<Long> row(int node, LongSummaryStatistics reached) {
    return List.of(
        Graph.name(node), reached.getCount(), reached.getSum(), reached.getMin(), reached.getMax());
  }

  @Test
  void everyBindingOfTheNamedVariablesCountsOnce() {
    Map<String, Set<List<Long>>> results =
        new Session(
                """
                relation sale(shop: number, day: number, price: number).
                relation revenue(shop: number, total: number).
                relation prices(shop: number, total: number).
                relation sales(total: number).
                revenue(s, sum(p)) :- sale(s, d, p).
                prices(s, sum(p)) :- sale(s, _, p).
                sales(count(d)) :- sale(s, d, p).
                """)
            .with("sale", new long[][] {{1, 1, 5}, {1, 2, 5}, {1, 2, 5}, {2, 1, 7}})
            .results("revenue", "prices", "sales");
    assertThat(results)
        .containsEntry("revenue", Set.of(List.of(1L, 10L), List.of(2L, 7L)))
        .containsEntry("prices", Set.of(List.of(1L, 5L), List.of(2L, 7L)))
        .containsEntry("sales", Set.of(List.of(3L)));
  }

  @Test
  void aSumThatDoesNotFitIsRefusedWithItsRule() {
    Session session =
        new Session(
                """
                relation price(price: number).
                relation total(total: number).
                total(sum(p)) :- price(p).
                """)
            .with("price", new long[][] {{Long.MAX_VALUE}, {1}});
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> session.result("total"))
        .withMessage(
            "rule total(sum(p)) :- price(p): expected sum(p) of 64 bits but found"
                + " 9223372036854775807 and 1 more");
  }
}
